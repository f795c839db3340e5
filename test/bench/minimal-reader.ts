/**
 * The least that a reader of Docker's API can do: follow one container's log, take the frames apart, find the time
 * and the text of each line. No parsing, no state, nothing kept. Prints the number of lines when the log ends.
 */
import { request } from "node:http";

const [socketPath = "", container = ""] = process.argv.slice(2);
const path = `/containers/${container}/logs?follow=1&stdout=1&stderr=1&timestamps=1`;
const headBytes = 8;

let lines = 0;
let bytes = 0;
let rest: Buffer = Buffer.alloc(0);

function take(chunk: Buffer): void {
  let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  while (data.length >= headBytes) {
    const end = headBytes + data.readUInt32BE(4);
    if (data.length < end) break;
    const text = data.subarray(headBytes, end);
    const space = text.indexOf(0x20);
    bytes += text.toString("utf8", space + 1).length + text.toString("latin1", 0, space).length;
    lines += 1;
    data = data.subarray(end);
  }
  rest = data;
}

request({ socketPath, path }, (response) => {
  response.on("data", take);
  response.on("end", () => console.log(JSON.stringify({ lines, bytes, cpu: process.cpuUsage() })));
}).end();
