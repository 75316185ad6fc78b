// Unpacks Chromium, the shared libraries it needs and a font into an empty directory, and prints where they are.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

const [directory] = process.argv.slice(2);
process.env.TMPDIR = directory; // where the package unpacks to
const { inflate } = await import("@sparticuz/chromium");
const packed = (name) => fileURLToPath(new URL(`../bin/${name}`, import.meta.resolve("@sparticuz/chromium")));
await Promise.all(["chromium.br", "al2023.tar.br", "fonts.tar.br"].map((name) => inflate(packed(name))));
await writeFile(`${directory}/fonts/fonts.conf`, FONTS);
console.log(JSON.stringify({ executable: "chromium", libraries: "al2023/lib", fonts: "fonts" }));
