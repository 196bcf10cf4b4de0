#!/usr/bin/env bash
# Makes a PDF of the built book. `cargo book --build` builds it, then `book/pdf.sh [FILE]` prints it.
# The script needs Chromium or Chrome. If yours has a different name, put the name into $CHROMIUM.
# The style rules for paper are at the end of theme/book.css.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pdf=${1:-$root/target/book/cross-entropy.pdf}

names=(chromium chromium-browser google-chrome "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
browser=$(command -v "${CHROMIUM:-}" "${names[@]}" | head -n 1 || true)
[ "$browser" ] || { echo "error: there is no Chromium here" >&2; exit 1; }

# Nothing but our own pages is loaded, so the sandbox, which some machines refuse, isn't needed.
log=$("$browser" --headless --no-sandbox --disable-gpu --no-pdf-header-footer \
    --generate-pdf-document-outline --print-to-pdf="$pdf" "file://$root/target/book/print.html" 2>&1) \
    || { echo "$log" >&2; exit 1; }
[ -s "$pdf" ] || { echo "$log" >&2; exit 1; }
echo "made: $pdf"
