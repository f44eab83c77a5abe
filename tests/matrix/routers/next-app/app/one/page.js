export default function Page() {
  return <h1>One</h1>;
}
