// Device credentials: a public key of this browser's, known to the tenant.
// They cannot be listed with a user's scopes, so the page has to remember the ids that it was given.
import type { CurrentUserClient } from "auth0-current-user";
import { permitted } from "../scopes.js";
import { Card } from "../ui/card.js";
import { confirmed } from "../ui/confirm.js";
import { button, dateAndTime, h } from "../ui/dom.js";
import { field } from "../ui/field.js";
import { store, stored } from "../ui/storage.js";

interface Device {
  id: string;
  name: string;
  registeredAt: string;
}

export function devicesCard(client: CurrentUserClient): HTMLElement {
  const card = new Card("devices", "Devices", "Devices that are registered for your account.");
  const remembered = deviceMemory(client.claims?.sub ?? "");

  const register = (name: string, submit: HTMLButtonElement) =>
    card.run(submit, async () => {
      const { id } = await client.createDeviceCredential({
        device_name: name,
        type: "public_key",
        value: await newPublicKey(),
        device_id: crypto.randomUUID(),
      });
      remembered.write([
        ...remembered.read(),
        { id, name, registeredAt: new Date().toISOString() },
      ]);
      show();
      return `Registered “${name}”.`;
    });

  const remove = async ({ id, name }: Device, pressed: HTMLButtonElement) => {
    const text = "The server forgets its public key. You can register it again.";
    if (!(await confirmed({ title: `Remove ${name}?`, text, action: "Remove" }))) return;
    await card.run(pressed, async () => {
      await client.deleteDeviceCredential(id);
      remembered.write(remembered.read().filter((device) => device.id !== id));
      show();
      return `Removed “${name}”.`;
    });
  };

  const row = (device: Device) => {
    const removing = button("Remove", () => void remove(device, removing), {
      "aria-label": `Remove ${device.name}`,
    });
    return h(
      "li",
      { "data-device": device.id },
      h(
        "div",
        { class: "what" },
        h("span", { class: "name" }, device.name),
        h("span", { class: "detail" }, "Registered ", dateAndTime(device.registeredAt)),
      ),
      permitted(client, "deleteDeviceCredential", removing),
    );
  };

  const show = () => {
    const devices = remembered.read();
    card.body.show(
      devices.length > 0
        ? h("ul", { class: "rows" }, ...devices.map(row))
        : h("p", { class: "empty" }, "No device was registered in this browser."),
      permitted(client, "createDeviceCredential", h("fieldset", {}, registrationForm(register))),
    );
  };
  show();
  return card.element;
}

function registrationForm(
  register: (name: string, submit: HTMLButtonElement) => void,
): HTMLElement {
  const name = h("input", {
    id: "device-name",
    required: true,
    maxlength: "60",
    autocomplete: "off",
    value: "This browser",
  });
  const isBlank = () => (/^\s+$/.test(name.value) ? "Fill this in." : "");
  const submit = h("button", {}, "Register");
  const onsubmit = (event: Event) => {
    event.preventDefault();
    register(name.value.trim(), submit);
  };
  return h(
    "form",
    { class: "inline-form", onsubmit },
    ...field("Name of this device", name, isBlank),
    submit,
  );
}

/** Base64 of a new public key. An application would keep the private one, which cannot be exported, in IndexedDB. */
async function newPublicKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ]);
  const bytes = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  return btoa(String.fromCharCode(...bytes));
}

/** What this browser has registered for this user: names and ids, nothing secret. */
function deviceMemory(sub: string) {
  const key = `devices of ${sub}`;
  return {
    read: (): Device[] => stored<Device[]>(localStorage, key) ?? [],
    write: (devices: Device[]) => store(localStorage, key, devices),
  };
}
