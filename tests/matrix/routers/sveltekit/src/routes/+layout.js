import { redirect } from "@sveltejs/kit";
import { guard } from "../../session.js";

export const ssr = false;

export async function load({ url }) {
  const { pathname, search } = url;
  const target = await guard(pathname + search + location.hash);
  if (target !== undefined) redirect(307, target);
}
