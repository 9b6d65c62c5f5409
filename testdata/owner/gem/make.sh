#!/bin/bash
# Makes the inputs of the cases here with RubyGems 3.3 and Bundler 2.3: run as root in
# a container of Debian 12 with ruby, ruby-bundler, git and make, for it fills
# /usr/local/bundle and /app. The gems are made on the spot. It makes nothing of what
# stands behind `===`, nor the cases corrupt and old.
set -eu
export LC_ALL=C SOURCE_DATE_EPOCH=1700000000 BUNDLE_SILENCE_ROOT_WARNING=1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" /usr/local/bundle /app' EXIT
export HOME=$work
cd "$work"

# gem NAME VERSION [LINE OF THE GEMSPEC]...; the files lie in NAME/ already
gem_of() {
  local name=$1 version=$2
  shift 2
  mkdir -p "$name/lib"
  echo "module Made; end # $name $version" > "$name/lib/$name.rb"
  {
    echo "Gem::Specification.new do |spec|"
    echo "  spec.name = '$name'; spec.version = '$version'"
    echo "  spec.summary = spec.description = 'Made for a test, else good for nothing.'"
    echo "  spec.authors = ['Nobody']; spec.license = 'MIT'; spec.homepage = 'https://example.org'"
    echo "  spec.files = Dir['lib/**/*', 'exe/*', 'ext/*']"
    printf '  %s\n' "$@"
    echo "end"
  } > "$name/$name.gemspec"
  (cd "$name" && gem build --quiet "$name.gemspec" -o "$work/$name-$version.gem" > /dev/null 2>&1)
}

mkdir -p hello/exe greet/ext
echo 'puts "hello"' > hello/exe/hello
chmod +x hello/exe/hello
# An extension without a compiler: what counts is where RubyGems puts it.
cat > greet/ext/extconf.rb <<'END'
to = RbConfig::MAKEFILE_CONFIG["sitearchdir"]
File.write("Makefile", "all:\n\techo built > greet.so\ninstall:\n\tcp greet.so #{to}\nclean:\n")
END
gem_of greet 2.1.0 "spec.extensions = ['ext/extconf.rb']"
gem_of greet 2.2.0.pre "spec.extensions = ['ext/extconf.rb']"
gem_of hello 1.0.0 "spec.bindir = 'exe'; spec.executables = ['hello']" \
  "spec.add_dependency 'greet', '~> 2.1'; spec.add_dependency 'absent'" \
  "spec.add_development_dependency 'only-dev'"
gem_of only-dev 0.1

# The lines of a case: gemspecs are copied beside it and named by `t`.
lines() {
  local case=$1
  shift
  mkdir -p "$here/$case"
  find "$@" -path '*/.git' -prune -o -type f -print | sort | while read -r file; do
    name=$(basename "$file")
    shown=${file#/}
    case $file in
      */specifications/*.gemspec | */bundler/gems/*.gemspec)
        cp "$file" "$here/$case/$name"
        echo "t $shown $case/$name"
        ;;
      *) echo "f $(stat -c %s "$file") $shown" ;;
    esac
  done
}

export GEM_HOME=/usr/local/bundle
gem install --quiet --local --force --document ri greet-2.1.0.gem greet-2.2.0.pre.gem \
  hello-1.0.0.gem only-dev-0.1.gem > /dev/null
lines home /usr/local/bundle > "$work/home"
unset GEM_HOME

# Bundler with its own home, a gem from a file and two from one git repository.
mkdir -p /app/vendor/cache
cp greet-2.1.0.gem /app/vendor/cache
mkdir -p mono/tail
cp -r hello/lib hello/exe mono
cp -r only-dev/lib mono/tail
sed "s/; spec.add_dependency 'absent'//" hello/hello.gemspec > mono/hello.gemspec
cp only-dev/only-dev.gemspec mono/tail
git -C mono init --quiet
git -C mono add .
git -C mono -c user.name=Nobody -c user.email=nobody@example.org commit --quiet -m Made \
  --date 2024-01-01T00:00:00Z
cat > /app/Gemfile <<END
gem "greet"
git "file://$work/mono" do
  gem "hello"
  gem "only-dev"
end
END
cd /app
bundle config set --local path vendor/bundle
bundle install --quiet --local || bundle install --quiet
lines bundler /app > "$work/bundler"

for list in home bundler; do
  echo "# $list"
  cat "$work/$list"
done
