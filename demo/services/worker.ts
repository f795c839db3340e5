/** Sends order mails and keeps the stock; logs plain text with levels, in two usual styles. */
import { hex, leaveOnSignal, pause, workMs } from "./http-service.ts";

const subjects = ["order confirmation", "shipping notice", "password reset", "invoice"];

function log(level: string, text: string): void {
  const time = new Date().toISOString().replace("T", " ").replace("Z", "");
  process.stdout.write(`${time} [${level}] ${text}\n`);
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!;
}

async function mails(): Promise<void> {
  for (let sent = 1; ; sent++) {
    await pause(workMs(900));
    const tookMs = Math.round(workMs(120));
    log("INFO", `mail ${hex(4)} sent: ${pick(subjects)} (${tookMs} ms)`);
    if (tookMs > 190) log("WARN", `mail server slow: ${tookMs} ms, queue has ${sent % 17} mails`);
    if (sent % 60 === 0) log("ERROR", "mail bounced: 550 mailbox unavailable, giving up after 3 attempts");
  }
}

async function stock(): Promise<void> {
  for (;;) {
    await pause(workMs(5000));
    log(
      "DEBUG",
      `stock of P${100 + Math.floor(Math.random() * 40)} counted: ${Math.floor(Math.random() * 200)}`,
    );
  }
}

leaveOnSignal(() => undefined);
log("INFO", "worker started, 2 queues");
void mails();
void stock();
