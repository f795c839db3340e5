/**
 * Counters and gauges of a part, printed in the Prometheus text format 0.0.4.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** Label text (`{a="b"}` or ``) → value or a function that reads it when scraped. */
  readonly samples: Map<string, number | (() => number)>;
}

/** Distinct label sets per name; more would be a label explosion, which is a bug of the caller. */
const samplesMax = 10_000;

export interface Counter {
  add(by: number, labels?: Labels): void;
  /** Reads the value when scraped: for counts of the hot path, which cost one addition each. */
  read(from: () => number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Reads the value when scraped. */
  read(from: () => number, labels?: Labels): void;
  remove(labels?: Labels): void;
}

export class Metrics {
  readonly #families = new Map<string, Family>();

  /** A value that only rises; `name` ends in `_total`. */
  counter(name: string, help: string): Counter {
    const { samples } = this.#family(name, "counter", help);
    return {
      add: (by, labels) => {
        const key = labelText(labels);
        const old = samples.get(key);
        if (old === undefined && samples.size >= samplesMax) return void this.#dropped(name);
        samples.set(key, (typeof old === "number" ? old : 0) + by);
      },
      read: (from, labels) => void samples.set(labelText(labels), from),
    };
  }

  /** A value that rises and falls. */
  gauge(name: string, help: string): Gauge {
    const { samples } = this.#family(name, "gauge", help);
    return {
      set: (value, labels) => void samples.set(labelText(labels), value),
      read: (from, labels) => void samples.set(labelText(labels), from),
      remove: (labels) => void samples.delete(labelText(labels)),
    };
  }

  /** The current value of one sample; 0 when it was never set. */
  value(name: string, labels?: Labels): number {
    const sample = this.#families.get(name)?.samples.get(labelText(labels));
    return typeof sample === "function" ? sample() : (sample ?? 0);
  }

  /** The exposition document. */
  text(): string {
    let out = "";
    for (const [name, family] of this.#families) {
      out += `# HELP ${name} ${family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
      out += `# TYPE ${name} ${family.type}\n`;
      for (const [labels, sample] of family.samples) {
        out += `${name}${labels} ${typeof sample === "function" ? sample() : sample}\n`;
      }
    }
    return out;
  }

  /** A sample that had no room is counted itself, so that a missing label set is no secret. */
  #dropped(name: string): void {
    const help = "Samples that were dropped because their metric has 10,000 label sets already";
    this.counter("seamark_metric_samples_dropped_total", help).add(1, { name });
  }

  #family(name: string, type: Family["type"], help: string): Family {
    const known = this.#families.get(name);
    if (known) {
      if (known.type !== type) throw new Error(`metric ${name} is a ${known.type} already`);
      return known;
    }
    const family: Family = { type, help, samples: new Map() };
    this.#families.set(name, family);
    return family;
  }
}

function labelText(labels: Labels | undefined): string {
  if (!labels) return "";
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
