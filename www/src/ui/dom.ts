// Makes elements. Whatever a server says becomes text here, never markup.

type Child = Node | string | number | false | null | undefined;
type Attributes = Record<string, string | boolean | undefined | ((event: Event) => void)>;

/** `h("a", { href: "…", onclick: () => … }, "text", h("b", {}, "more"))` */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter(isShown).map(toNode));
  return element;
}

const isShown = (child: Child): child is Node | string | number =>
  child !== undefined && child !== null && child !== false;
const toNode = (child: Node | string | number): Node | string =>
  typeof child === "number" ? String(child) : child;

/** A list of terms and what they are; pairs without a value are left out. */
export const pairs = (entries: [term: string, value: Child][]): HTMLElement =>
  h(
    "dl",
    {},
    ...entries
      .filter(([, value]) => isShown(value) && value !== "")
      .map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );

export const button = (
  text: string,
  onclick: (event: Event) => void,
  attributes: Attributes = {},
): HTMLButtonElement => h("button", { type: "button", onclick, ...attributes }, text);

/** A picture from an address that a profile gives: only one that can be no script. */
export function picture(address: string | undefined, className: string): HTMLElement {
  const shown = address && /^https?:/i.test(address);
  if (!shown) return h("span", { class: `${className} blank`, "aria-hidden": "true" });
  return h("img", { class: className, src: address, alt: "", referrerpolicy: "no-referrer" });
}

export const dateAndTime = (value: string | number | undefined): HTMLElement | undefined => {
  const date = new Date(value ?? NaN);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: date.toISOString() }, text);
};
