export default function Page() {
  return <h1>Callback</h1>;
}
