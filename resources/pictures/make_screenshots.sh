#!/bin/sh
# Renders pages/*.html to the screenshots beside this script.
#
# Needs chromium, pngquant, python3 with Pillow, and the fonts EB Garamond, Inter, Karla, League
# Spartan, Manrope, Quicksand and Vollkorn (Debian: fonts-ebgaramond fonts-inter-variable fonts-karla
# fonts-league-spartan fonts-manrope fonts-quicksand fonts-vollkorn). Pages that show a photograph
# become JPEG, the others PNG.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# render NAME WIDTH HEIGHT SCALE: width and height in CSS pixels
render() {
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$work/profile-$1" --hide-scrollbars --font-render-hinting=none \
        --force-device-scale-factor="$4" --window-size="$2,$3" \
        --screenshot="$work/$1.png" "file://$PWD/pages/$1.html" 2>"$work/$1.log"
}

for name in landing-a landing-b shop article; do
    render "$name" 1280 800 1
    python3 - "$work/$name.png" "$name.jpg" <<'PY'
import sys
from PIL import Image
Image.open(sys.argv[1]).convert("RGB").save(sys.argv[2], quality=92, subsampling=0, optimize=True)
PY
done
render dashboard 1280 800 1
render signup 390 844 2
for name in dashboard signup; do
    pngquant --speed 1 --quality 90-100 --strip --force --output "$name.png" "$work/$name.png"
done
