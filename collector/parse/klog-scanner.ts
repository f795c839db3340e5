import type { Level } from "../../common/fields/dictionary.ts";
import type { LineDraft } from "./line-draft.ts";

const levelOf: Readonly<Record<string, Level>> = { I: "info", W: "warn", E: "error", F: "fatal" };

/**
 * Reads klog and glog (https://github.com/kubernetes/klog): `I1122 18:00:00.123456   1 file.go:12] text`. The line
 * stays the message; file and line go to `attrs`. False when it is something else.
 */
export function scanKlog(text: string, draft: LineDraft): boolean {
  const level = levelOf[text.charAt(0)];
  if (level === undefined) return false;
  const created = draft.time.klog(text, 1, draft.timeMs);
  if (created === undefined) return false;
  const close = text.indexOf("] ", draft.time.end);
  const blank = text.lastIndexOf(" ", close);
  const colon = text.lastIndexOf(":", close);
  if (close < 0 || close > 200 || blank < draft.time.end || colon < blank) return false;
  draft.set("log.level", level);
  draft.set("event.created", created);
  draft.attribute("log.origin.file.name", text.slice(blank + 1, colon));
  const line = Number(text.slice(colon + 1, close));
  if (Number.isInteger(line)) draft.attribute("log.origin.file.line", line);
  return true;
}
