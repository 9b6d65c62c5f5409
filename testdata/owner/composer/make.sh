#!/bin/bash
# Makes the inputs of the cases here with Composer 2.5: run as root in a container of
# Debian 12 with composer and php-zip, for it fills /app. The packages are made on the spot and
# come from a folder of archives. Composer 1 is not to be had: its list, of version 1,
# is the same entries without the object around them. It makes nothing of what stands
# behind `===`, nor the cases corrupt and first.
set -eu
export LC_ALL=C COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" /app' EXIT
export HOME=$work COMPOSER_HOME=$work/composer
mkdir -p "$work/archives" /app/packages/local/src
cd "$work"

# package NAME MANIFEST FILE...
package() {
  local name=$1 manifest=$2
  shift 2
  mkdir tree
  for file in "$@"; do
    mkdir -p "tree/$(dirname "$file")"
    echo "<?php // $name" > "tree/$file"
  done
  echo "{\"name\": \"$name\", $manifest}" > tree/composer.json
  (cd tree && tar cf "$work/archives/${name//\//-}.tar" -- *)
  rm -r tree
}
package made/log '"version": "v1.2.0", "provide": {"made/log-implementation": "1.0"}' src/Log.php
package made/framework '"version": "3.0.1", "replace": {"made/http": "self.version"},
  "require": {"php": ">=7.4", "made/log-implementation": "^1.0", "made/log": "^1.0"}' \
  src/Framework.php src/Http.php
package Made/Tool '"version": "0.9.0", "bin": ["bin/tool"], "require": {"made/http": "*"}' bin/tool
package made/meta '"version": "1.0.0", "type": "metapackage", "require": {"made/log": "*"}'
echo '{"name": "made/local", "version": "0.1.0"}' > /app/packages/local/composer.json
echo '<?php' > /app/packages/local/src/Local.php

cat > /app/composer.json <<END
{
  "repositories": [
    {"type": "artifact", "url": "$work/archives"},
    {"type": "path", "url": "packages/local"},
    {"packagist": false}
  ],
  "require": {"made/framework": "^3.0", "made/local": "*", "made/meta": "*"},
  "require-dev": {"made/tool": "*"}
}
END
composer install --quiet --working-dir /app || composer install --working-dir /app

mkdir -p "$here/installed"
cp /app/composer.json /app/vendor/composer/installed.json "$here/installed"
sed -i "s|$work|/srv|" "$here"/installed/*.json
find /app -type f | sort | while read -r file; do
  case $file in
    /app/composer.json | */vendor/composer/installed.json)
      echo "t ${file#/} installed/${file##*/}"
      ;;
    *) echo "f $(stat -c %s "$file") ${file#/}" ;;
  esac
done
find /app -type l -printf 'l %P %l\n' | sed 's|^l |l app/|'
