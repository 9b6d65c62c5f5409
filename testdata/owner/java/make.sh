#!/bin/bash
# Makes the jars of the cases here; needs `apt-get download` of Debian 12 and `jar` of
# a JDK. It makes nothing of what stands behind `===`.
#
# jul-to-slf4j.jar and slf4j-nop.jar are of the Debian package libslf4j-java 1.7.32-1
# (MIT, QOS.ch), built there by Maven; atinject-jsr330-api-1.0.jar is of
# libatinject-jsr330-api-java (Apache-2.0), built by Ant, so Maven wrote nothing into it.
# fat.jar is put together as the Spring Boot documentation says in "The Executable Jar
# Format", for want of its Maven plugin; shaded.jar is what the Maven Shade plugin
# leaves of two jars; site.war has its libraries deflated.
set -eu
export LC_ALL=C TZ=UTC
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q libslf4j-java libatinject-jsr330-api-java
for deb in *.deb; do dpkg-deb -x "$deb" .; done
cp -L usr/share/java/{jul-to-slf4j,slf4j-nop,atinject-jsr330-api-1.0}.jar "$here"

pom() {
  mkdir -p "$1/META-INF/maven/$2/$3"
  printf '#Created by Apache Maven 3.8.7\ngroupId=%s\nartifactId=%s\nversion=%s\n' \
    "$2" "$3" "$4" > "$1/META-INF/maven/$2/$3/pom.properties"
}

mkdir -p fat/BOOT-INF/lib
cat > fat.mf <<'END'
Main-Class: org.springframework.boot.loader.launch.JarLauncher
Start-Class: com.example.demo.DemoApplication
Spring-Boot-Version: 3.2.0
Spring-Boot-Classes: BOOT-INF/classes/
Spring-Boot-Lib: BOOT-INF/lib/
Implementation-Title: demo
Implementation-Version: 0.0.1-SNAPSHOT
END
pom fat com.example demo 0.0.1-SNAPSHOT
cp "$here/jul-to-slf4j.jar" fat/BOOT-INF/lib/jul-to-slf4j-1.7.32.jar
cp "$here/atinject-jsr330-api-1.0.jar" fat/BOOT-INF/lib/javax.inject-1.jar
jar --create --no-compress --file "$here/fat.jar" --manifest fat.mf -C fat .

mkdir shaded
pom shaded com.example tool 2.0
(cd shaded && jar --extract --file "$here/slf4j-nop.jar" && rm META-INF/MANIFEST.MF)
echo 'Main-Class: com.example.Tool' > shaded.mf
jar --create --file "$here/shaded.jar" --manifest shaded.mf -C shaded .

mkdir -p site/WEB-INF/lib
cp "$here/slf4j-nop.jar" site/WEB-INF/lib/slf4j-nop-1.7.32.jar
jar --create --file "$here/site.war" -C site .
head -c 3000 "$here/slf4j-nop.jar" > "$here/cut.jar"
