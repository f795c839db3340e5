/**
 * Reads the test runner's JSON report and closes a CI run: the last line says how many passed and failed. A skipped
 * test fails the run: what is not tested must not look as if it were.
 */
import { readFileSync } from "node:fs";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const path = process.argv[2];
if (path === undefined) throw new Error("usage: verdict.ts REPORT.json");
const report = JSON.parse(readFileSync(path, "utf8")) as Report;
const left = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ status, fullName }) => `${status}: ${name} > ${fullName}`),
);
for (const line of left) console.log(line);
if (left.length > 0) console.log(`${left.length} tests did not run: that fails the run`);
// A file that could not be loaded has no tests to count, and is a failure all the same.
const broken = report.testResults.filter(
  ({ assertionResults, message }) => assertionResults.length === 0 && Boolean(message),
).length;
const failed = report.numFailedTests + broken;
console.log(`${report.numPassedTests} passed, ${failed} failed`);
if (failed > 0 || left.length > 0 || report.numPassedTests === 0) process.exitCode = 1;
