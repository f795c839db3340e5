import { expect, test } from "vitest";
import { settingsPage } from "./settings-page.ts";

test("docs/settings.md is what the tables say", async () => {
  await expect(settingsPage()).toMatchFileSnapshot("../docs/settings.md");
});
