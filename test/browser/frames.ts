import type { Page } from "playwright-core";

export interface FrameFigures {
  readonly frames: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** The gaps between the frames of a page over some time. */
export async function measureFrames(page: Page, durationMs: number): Promise<FrameFigures> {
  const gaps = await page.evaluate(
    (untilMs) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        const startMs = performance.now();
        const frame = (): void => {
          times.push(performance.now());
          if (times.at(-1)! - startMs < untilMs) requestAnimationFrame(frame);
          else resolve(times.slice(1).map((time, at) => time - times[at]!));
        };
        requestAnimationFrame(frame);
      }),
    durationMs,
  );
  const sorted = gaps.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]! * 10) / 10;
  return { frames: gaps.length, medianMs: quantile(0.5), p95Ms: quantile(0.95), maxMs: quantile(1) };
}
