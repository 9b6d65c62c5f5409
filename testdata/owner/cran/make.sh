#!/bin/bash
# Makes the inputs of the case here with R 4.2: run as root in a container of Debian 12
# with r-base-core, for it fills /usr/local/lib/R/site-library. The packages are made
# on the spot; `methods` is R's own. It makes nothing of what stands behind `===`, nor
# the cases corrupt and renv.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" /usr/local/lib/R/site-library/{hello,greet}' EXIT
cd "$work"

# package NAME [LINE OF DESCRIPTION]...
package() {
  local name=$1
  shift
  mkdir -p "$name/R" "$name/inst/tests"
  {
    echo "Package: $name"
    echo 'Title: Made for a Test'
    printf '%s\n' "$@"
    echo 'Author: Nobody'
    echo 'Maintainer: Nobody <nobody@example.org>'
    echo 'Description: Made for a test,'
    echo '    else good for nothing. Version: none.'
    echo 'License: MIT'
  } > "$name/DESCRIPTION"
  echo "$name <- function() '$name'" > "$name/R/$name.R"
  echo "export($name)" > "$name/NAMESPACE"
  # A test's own package, as packages that handle packages have it.
  echo 'Package: inner' > "$name/inst/tests/DESCRIPTION"
  R CMD INSTALL --no-docs "$name" > /dev/null 2>&1
}
package greet 'Version: 0.2-1' 'Depends: R (>= 3.5)'
package hello 'Version: 1.0.0' 'Depends:' '    R (>= 3.5),' '    methods' \
  'Imports: greet (>= 0.2),utils' 'Suggests: absent'

mkdir -p "$here/library"
for folder in /usr/local/lib/R/site-library/{greet,hello} /usr/lib/R/library/methods; do
  find "$folder" -type f | sort | while read -r file; do
    case $file in
      */tests/*) echo "f $(stat -c %s "$file") ${file#/}" ;;
      */DESCRIPTION)
        name=$(basename "$folder")
        cp "$file" "$here/library/$name"
        echo "t ${file#/} library/$name"
        ;;
      *) echo "f $(stat -c %s "$file") ${file#/}" ;;
    esac
  done
done
