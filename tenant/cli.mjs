import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { MACHINE_SECRET } from "./seed/applications.mjs";
import { startTenant } from "./index.mjs";

const DEFAULT_PORT = 4400;

const USAGE = `usage: tenant [--port PORT] [--users FILE] [--custom-domain] [--auto-login]

  --port PORT       default ${DEFAULT_PORT}
  --users FILE      JSON array of users with \`email\` and \`password\`, instead of the seeded ones
  --custom-domain   a second host name with an issuer of its own, on any free port
  --auto-login      a known login_hint signs in without the login page
`;

/**
 * The local tenant as a command: runs until Ctrl-C.
 *
 * @param {string[]} argv without the interpreter and the script
 * @returns {Promise<number>} the exit code
 */
export async function main(argv) {
  let options;
  try {
    options = await readOptions(argv);
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  let tenant;
  try {
    tenant = await startTenant(options);
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    console.error(`port ${options.port} is taken: choose another one with --port`);
    return 1;
  }
  console.log(greeting(tenant));
  await new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await tenant.close();
  return 0;
}

async function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: String(DEFAULT_PORT) },
      users: { type: "string" },
      "custom-domain": { type: "boolean", default: false },
      "auto-login": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new RangeError(`\`${values.port}\` is no port`);
  }
  return {
    port,
    users: values.users && (await readUsers(values.users)),
    customDomain: values["custom-domain"],
    autoLogin: values["auto-login"],
    help: values.help,
  };
}

async function readUsers(file) {
  const users = JSON.parse(await readFile(file, "utf8"));
  const usable = (user) => typeof user?.email === "string" && typeof user.password === "string";
  if (!Array.isArray(users) || !users.every(usable)) {
    throw new TypeError(`${file} must hold an array of users with \`email\` and \`password\``);
  }
  return users;
}

function greeting({ issuer, audience, customDomain, logins, applications }) {
  const people = [...logins].map(([email, { password }]) => `  ${email}   ${password}`);
  return [
    `Local tenant at ${issuer}`,
    `  audience       ${audience}`,
    customDomain && `  custom domain  ${customDomain.issuer}`,
    `  applications   ${[...applications.keys()].join(", ")} (secret of local-m2m: ${MACHINE_SECRET})`,
    "",
    "Log in as",
    ...people,
    "",
    "Ctrl-C ends it.",
  ]
    .filter((line) => typeof line === "string")
    .join("\n");
}
