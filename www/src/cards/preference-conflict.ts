// Asks which to keep where somebody else has changed the same preference since the person saw it.
import { confirmed } from "../ui/confirm.js";
import { pairs } from "../ui/dom.js";
import { changedKeys, quoted, type Metadata } from "./preference-changes.js";

/** True where nobody has changed it, or where the person wants to write all the same. */
export async function overwrites(was: Metadata, now: Metadata, will: Metadata): Promise<boolean> {
  const conflicts = changedKeys(was, now);
  if (conflicts.length === 0) return true;
  const names = conflicts.map((key) => `“${key}”`).join(", ");
  return confirmed({
    title: `${names} was changed meanwhile`,
    text: "In another window, on another device, or by an application. Which do you want to keep?",
    details: pairs(
      conflicts.flatMap((key) => [
        [`${key}, as you saw it`, quoted(was[key])],
        [`${key}, as it is now`, quoted(now[key])],
        [`${key}, as you want it`, quoted(will[key])],
      ]),
    ),
    action: "Write mine",
    keep: "Keep theirs",
  });
}
