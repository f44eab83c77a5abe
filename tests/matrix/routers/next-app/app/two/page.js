export default function Page() {
  return <h1>Two</h1>;
}
