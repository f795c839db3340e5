export function ExplorePage() {
  return <main class="page-body">Explore</main>;
}
