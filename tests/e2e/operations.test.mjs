// Every operation as a person uses it on the page, and its effect at the tenant.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { ADA, GRACE } from "../harness/fixtures.mjs";
import { useAccountPage } from "./account.mjs";
import { onEachScreen } from "./screens.mjs";

const TOKEN = /eyJ|access_token=|id_token=/;

const page = await useAccountPage();
const { tenant, driver } = page;

/** The body of the only write since the sign-in. */
function bodyOf(request) {
  const [method] = request.split(" ");
  assert.deepEqual(page.apiWrites(), [request]);
  const { body } = tenant.log.find(
    (entry) => entry.method === method && entry.url.includes("/api/v2/"),
  );
  return typeof body === "string" ? JSON.parse(body) : body;
}
const metadata = () => tenant.users.get(ADA).user_metadata;

onEachScreen(page, () => {
  beforeEach(async () => {
    await page.signIn("ada@example.com");
    await page.reads("#security", /Ada's phone[^]*google-authenticator/);
    tenant.clearLog();
  });

  suite("preferences", () => {
    const save = async (key, value, { json = false } = {}) => {
      await page.type("#preference-key", key);
      await page.type("#preference-value", value);
      if (json) await page.pick("#preference-json");
      await page.press("#preferences", "Save");
    };

    test("adds a new key to the others", async () => {
      await save("colour", "#123456 <b>");
      await page.reads("#preferences .result", /Saved “colour”\./);
      await page.reads("#preferences [data-key=colour]", /#123456 <b>/);
      assert.deepEqual(bodyOf(`PATCH /users/${ADA}`), {
        user_metadata: { colour: "#123456 <b>" },
      });
      assert.equal(metadata().language, "en");
    });

    test("accepts a value as JSON, and refuses invalid JSON in the form", async () => {
      await save("sizes", "[1, 2", { json: true });
      const refused = await driver.executeScript(
        () => document.querySelector("#preference-value").validationMessage,
      );
      assert.match(refused, /not JSON/);
      assert.deepEqual(page.apiRequests(), []);
      await page.type("#preference-value", "[1, 2]");
      await page.press("#preferences", "Save");
      await page.reads("#preferences [data-key=sizes]", /\[1,2\]/);
      assert.deepEqual(metadata().sizes, [1, 2]);
    });

    test("changes a key, starting from its value", async () => {
      await page.press("#preferences", "Change theme");
      const value = await page.find("#preference-value");
      assert.equal(await value.getAttribute("value"), "dark");
      await value.sendKeys("light");
      await page.press("#preferences", "Save");
      await page.reads("#preferences [data-key=theme]", /light/);
      assert.equal(metadata().theme, "light");
    });

    test("removes a key, and keeps the focus in the card", async () => {
      await page.press("#preferences", "Remove theme");
      await page.press("dialog", "Remove");
      await page.reads("#preferences .result", /Removed “theme”\./);
      assert.deepEqual(bodyOf(`PATCH /users/${ADA}`), { user_metadata: { theme: null } });
      assert.equal("theme" in metadata(), false);
      assert.equal(
        await driver.executeScript(() => document.activeElement.id),
        "preferences-title",
      );
    });

    test("removes all keys after a question, and keeps them if the person declines", async () => {
      await page.press("#preferences", "Remove all…");
      await page.press("dialog", "Keep it");
      assert.deepEqual(page.apiRequests(), []);
      await page.press("#preferences", "Remove all…");
      await page.press("dialog", "Remove all");
      await page.reads("#preferences", /Nothing is kept yet/);
      assert.deepEqual(bodyOf(`PATCH /users/${ADA}`), { user_metadata: {} });
      assert.deepEqual(metadata() ?? {}, {});
    });

    test("shows the tenant's refusal with code, status and the server's message as text", async () => {
      const message = '<img src="x" onerror="document.title=1"> no';
      const match = { method: "PATCH" };
      tenant.faults.set("api-error", { error: "operation_not_supported", message }, { match });
      await save("a", "b");
      await page.reads("#preferences .problem", /api_error/);
      const shown = await page.text("#preferences .problem");
      assert.match(shown, /HTTP status\s+403/);
      assert.match(shown, /Server’s code\s+operation_not_supported/);
      assert.ok(shown.includes(message), shown);
      assert.equal(await page.exists("#preferences .problem img"), false);
    });

    test("reports rate_limited if the tenant asks to wait, and does not repeat the write", async () => {
      tenant.faults.set(
        "api-error",
        { error: "too_many_requests" },
        { match: { method: "PATCH" } },
      );
      await save("a", "b");
      await page.reads("#preferences .problem", /rate_limited/);
      assert.deepEqual(page.apiWrites(), [`PATCH /users/${ADA}`]);
    });
  });

  suite("security", () => {
    test("shows the enrolled factors", async () => {
      await page.reads("#security", /authenticator\s+Enrolled[^]*confirmed[^]*Ada's phone/);
    });

    test("removes a factor after a question", async () => {
      await page.press("#security", "Remove google-authenticator");
      await page.press("dialog", "Remove");
      await page.reads("#security .result", /Removed google-authenticator/);
      assert.equal(await page.exists("[data-factor=google-authenticator]"), false);
      assert.equal(await page.exists("[data-enrollment=dev_YgSOwqDYgAqX1nR7]"), false);
      assert.deepEqual(page.apiRequests().sort(), [
        `DELETE /users/${ADA}/multifactor/google-authenticator`,
        `GET /users/${ADA}`,
        `GET /users/${ADA}/enrollments`,
      ]);
    });

    test("shows a newer tenant's refusal with its hint", async () => {
      tenant.configure({ honoursOlderScopes: false });
      await page.press("#security", "Remove google-authenticator");
      await page.press("dialog", "Remove");
      await page.reads("#security .problem", /newer tenants demand[^]*insufficient_scope[^]*403/);
    });
  });

  suite("linked accounts", () => {
    test("links another account after a sign-in to it in a window", async () => {
      await page.inWindowOpenedBy(
        () => page.press("#linked-accounts", "Link another account"),
        () => page.logIn("grace@example.com"),
      );
      await page.reads("#linked-accounts .result", /Linked the account/);
      await page.reads("#linked-accounts [data-provider=google-oauth2]", /grace@example\.com/);
      const body = bodyOf(`POST /users/${ADA}/identities`);
      assert.deepEqual(Object.keys(body), ["link_with"]);
      assert.equal(tenant.users.has(GRACE), false);
      // The session is still the first account's, and the page keeps no token of the second.
      await page.reads("#profile", /Ada Lovelace/);
      assert.doesNotMatch(await page.traces(), TOKEN);
    });

    test("refuses the same account without sending anything", async () => {
      await page.inWindowOpenedBy(
        () => page.press("#linked-accounts", "Link another account"),
        () => page.logIn("ada@example.com"),
      );
      await page.reads("#linked-accounts .problem", /id_token_subject/);
      assert.deepEqual(page.apiRequests(), []);
    });

    test("links nothing if the person closes the window", async () => {
      await page.inWindowOpenedBy(
        () => page.press("#linked-accounts", "Link another account"),
        async () => {
          await page.find("#email");
          await driver.close();
        },
      );
      await page.reads("#linked-accounts .problem", /popup_closed/);
      assert.deepEqual(page.apiRequests(), []);
    });

    test("unlinks an account after a question", async () => {
      await page.press("#linked-accounts", "Unlink ada-github@example.com");
      await page.press("dialog", "Unlink");
      await page.reads("#linked-accounts .result", /Unlinked ada-github@example\.com/);
      assert.deepEqual(page.apiRequests(), [`DELETE /users/${ADA}/identities/github/1815`]);
      assert.equal(tenant.users.get(ADA).identities.length, 1);
      assert.equal(await page.exists("#linked-accounts [data-provider=github]"), false);
    });

    test("links an unlinked account again after a sign-in to it", async () => {
      await page.inWindowOpenedBy(
        () => page.press("#linked-accounts", "Link another account"),
        () => page.logIn("grace@example.com"),
      );
      await page.press("#linked-accounts", "Unlink grace@example.com");
      await page.press("dialog", "Unlink");
      await page.reads("#linked-accounts .result", /Unlinked grace@example\.com\.\s+Link it again/);
      assert.equal(tenant.users.has(GRACE), true);
      await page.inWindowOpenedBy(
        () => page.press("#linked-accounts .result", "Link it again"),
        () => page.logIn("grace@example.com"),
      );
      await page.reads("#linked-accounts .result", /^Linked the account\.$/);
      await page.reads("#linked-accounts [data-provider=google-oauth2]", /grace@example\.com/);
      assert.equal(tenant.users.has(GRACE), false);
      assert.doesNotMatch(await page.traces(), TOKEN);
    });
  });

  suite("devices", () => {
    test("registers a device, keeps it across a reload, and removes it", async () => {
      await page.type("#device-name", "Ada's laptop");
      await page.press("#devices", "Register");
      await page.reads("#devices .result", /Registered “Ada's laptop”/);
      const { device_name, type, value, device_id } = bodyOf("POST /device-credentials");
      assert.deepEqual([device_name, type, device_id.length], ["Ada's laptop", "public_key", 36]);
      assert.ok(Buffer.from(value, "base64").length > 64);
      const [id] = tenant.deviceCredentials.keys();

      await page.open();
      await page.reads(`[data-device=${id}]`, /Ada's laptop/);
      await page.press("#devices", "Remove Ada's laptop");
      await page.press("dialog", "Remove");
      await page.reads("#devices", /No device was registered/);
      assert.equal(tenant.deviceCredentials.size, 0);
    });
  });

  suite("a profile that cannot be read", () => {
    test("explains the failure once, and reads again on demand", async () => {
      tenant.faults.set("api-error", { error: "internal_server_error" });
      await page.open();
      await page.reads("#profile .problem", /api_error[^]*HTTP status\s+500/);
      await page.reads("#preferences", /could not be read/);
      assert.equal(await page.exists("#preferences .problem"), false);
      tenant.faults.clear();
      await page.press("#profile", "Try again");
      await page.reads("#preferences", /language/);
      assert.equal(await page.exists("#profile .problem"), false);
    });
  });
});
