const paths = {
  search: "M6.5 11a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10 10l4 4",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.5V8l2.5 1.5",
  play: "M4 3l9 5-9 5z",
  pause: "M5 3v10M11 3v10",
  link: "M6.5 9.5l3-3M7 5l1.5-1.5a2.8 2.8 0 0 1 4 4L11 9M9 11l-1.5 1.5a2.8 2.8 0 0 1-4-4L5 7",
  down: "M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
  chev: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  x: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.5 3.5L13 5",
  warn: "M8 2.5L14.5 13.5h-13zM8 6.5v3.5M8 12v.1",
  wait: "M4 2h8M4 14h8M5 2c0 4 6 4.5 6 8v4M11 2c0 4-6 4.5-6 8v4",
  wrap: "M2.5 4h11M2.5 8h8.5a2 2 0 0 1 0 4H8M9.5 10.5L8 12l1.5 1.5M2.5 12H5",
  more: "M3 8h.1M8 8h.1M13 8h.1",
  table: "M2.5 3h11v10h-11zM2.5 6.5h11M2.5 10h11M7 3v10",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
} as const;

export type IconName = keyof typeof paths;

/** Always beside a word or inside a named button, so it is hidden from readers. */
export function Icon(props: { readonly name: IconName }) {
  return (
    <svg class="i" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[props.name]} />
    </svg>
  );
}
