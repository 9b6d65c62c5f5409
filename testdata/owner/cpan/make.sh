#!/bin/bash
# Makes the inputs of the cases here with cpanm 1.7 and MakeMaker: run as root in a
# container of Debian 12 with cpanminus and make, for it fills /usr/local and /app. The
# distributions are made on the spot. It makes nothing of what stands behind `===`,
# nor the case corrupt.
set -eu
export LC_ALL=C PERL_MM_USE_DEFAULT=1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" /usr/local/{lib,share}/x86_64-linux-gnu/perl /usr/local/{lib,share}/perl /usr/local/share/perl5 /usr/local/man /usr/local/bin/{greet,libhello-perl} /app' EXIT
export HOME=$work
cd "$work"

# distribution NAME VERSION MODULE NEEDED
distribution() {
  local folder=$1-$2 module=$3
  mkdir -p "$folder/lib/$(dirname "${module//:://}")" "$folder/bin"
  printf 'package %s;\nour $VERSION = "%s";\n1;\n\n=head1 NAME\n\n%s - made for a test\n' \
    "$module" "$2" "$module" > "$folder/lib/${module//:://}.pm"
  echo 'print "hello\n"' > "$folder/bin/$(tr A-Z a-z <<< "$1")"
  cat > "$folder/Makefile.PL" <<END
use ExtUtils::MakeMaker;
WriteMakefile(NAME => '$module', DISTNAME => '$1', VERSION => '$2', PREREQ_PM => {$4},
  EXE_FILES => [glob('bin/*')]);
END
  (cd "$folder" && find . -type f -printf '%P\n' | sort > MANIFEST && echo MANIFEST >> MANIFEST)
  mkdir -p cpan/authors/id/N/NO/NOBODY cpan/modules
  tar czf "cpan/authors/id/N/NO/NOBODY/$folder.tar.gz" "$folder"
  echo "$module $2 N/NO/NOBODY/$folder.tar.gz" >> index
}
distribution Greet 2.10 Greet "'strict' => 0"
# Its name is not that of its module.
distribution libhello-perl 1.5 Hello::World "'Greet' => '2.0', 'Carp' => 0"

lines() {
  local case=$1
  shift
  mkdir -p "$here/$case"
  find "$@" -type f | sort | while read -r file; do
    case $file in
      */.packlist) name=$(sed 's|.*/auto/||; s|/\.packlist$||; s|/|-|g' <<< "$file").packlist ;;
      */.meta/*.json) name=$(sed 's|.*/\.meta/||; s|/|-|g' <<< "$file") ;;
      */perllocal.pod) name=perllocal.pod ;;
      *)
        echo "f $(stat -c %s "$file") ${file#/}"
        continue
        ;;
    esac
    sed "s|$work|/srv|g; s|http:[^\"]*Meta::Spec|https://example.org/spec|" "$file" > "$here/$case/$name"
    echo "t ${file#/} $case/$name"
  done
}

# Only of what comes from a mirror, even from one in a folder, cpanm keeps the metadata.
{
  printf 'File: 02packages.details.txt\nLine-Count: %s\n\n' "$(wc -l < index)"
  cat index
} | gzip > cpan/modules/02packages.details.txt.gz
cpanm --quiet --notest --mirror "file://$work/cpan" --mirror-only Hello::World > /dev/null 2>&1
lines cpanm /usr/local/bin /usr/local/lib/*/perl /usr/local/share/perl /usr/local/man \
  > "$work/cpanm"
rm -r /usr/local/lib/*/perl /usr/local/share/perl /usr/local/man

# A folder of its own, as local::lib and Carton have it, and no cpanm: no `.meta`.
for folder in Greet-2.10 libhello-perl-1.5; do
  (cd "$folder" && perl Makefile.PL INSTALL_BASE=/app/local && make && make install) > /dev/null 2>&1
done
lines local /app/local > "$work/local"

for list in cpanm local; do
  echo "# $list"
  cat "$work/$list"
done
