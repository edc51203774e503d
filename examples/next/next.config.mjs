/** @type {import("next").NextConfig} */
export default {
  // A folder with a server and the packages that it needs, and nothing else: for a container.
  output: "standalone",
  // Packages with native code, or that load others by name, must stay packages: bundled, they are not found.
  serverExternalPackages: ["holdfast", "libsql", "pg"],
};
