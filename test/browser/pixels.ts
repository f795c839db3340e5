import type { Locator } from "playwright-core";

/** Where a click goes, relative to the element, CSS pixels. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/**
 * The middle of what a canvas shows in the colour of a token such as `--c5`; undefined while nothing has it. This is
 * what a user aims at: the drawing has no elements.
 */
export async function spotOf(canvas: Locator, token: string): Promise<Spot | undefined> {
  return await canvas.evaluate((element, name) => {
    const drawn = element as HTMLCanvasElement;
    const context = drawn.getContext("2d");
    if (!context || drawn.width === 0) return undefined;
    const probe = document.createElement("canvas").getContext("2d")!;
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
    const { data } = context.getImageData(0, 0, drawn.width, drawn.height);
    let [count, sumX, sumY] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] !== red || data[at + 1] !== green || data[at + 2] !== blue || data[at + 3] !== 255)
        continue;
      const pixel = at / 4;
      count += 1;
      sumX += pixel % drawn.width;
      sumY += Math.floor(pixel / drawn.width);
    }
    if (count === 0) return undefined;
    const scale = drawn.width / drawn.getBoundingClientRect().width;
    return { x: (sumX / count + 0.5) / scale, y: (sumY / count + 0.5) / scale };
  }, token);
}
