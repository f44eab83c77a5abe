export default { optimizeDeps: { exclude: ["auth0-current-user"] } };
