//! Known base images by the words that they leave in a history, as a table.
//!
//! Facts: the Dockerfiles of docker-library (python, node, golang, ruby, php,
//! postgres, redis, buildpack-deps), nodejs/docker-node, nginx, rust, bun, temurin,
//! dotnet-docker, and the histories that docker-library/repo-info publishes;
//! debuerreotype; alpine's docker-brew; apko; Red Hat UBI.

/// Words of a step.
pub(super) enum Mark {
    /// The whole instruction.
    Is(&'static str),
    /// Its beginning.
    Begins(&'static str),
    /// Anywhere in it.
    Holds(&'static str),
    /// Anywhere in the builder's comment.
    Says(&'static str),
}

/// What the tag of an image is made of.
pub(super) enum Tag {
    /// The variable that holds the version.
    Version(&'static str),
    /// The name of the distribution's release, with `-slim` where it is.
    Codename,
    /// The number of the distribution's release.
    Release,
    /// Nothing that a history tells.
    None,
}

/// A base image that many images stand on.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) tag: Tag,
    /// Is it a distribution, with nothing below it?
    pub(super) is_os: bool,
    /// Is there a `-slim` beside the one with compilers (buildpack-deps)?
    pub(super) has_slim: bool,
    /// What only this family writes.
    pub(super) opens: &'static [Mark],
    /// The last step of the image; without any, it is the last one in a row that
    /// `opens` or `follows` tells.
    pub(super) closes: &'static [Mark],
    /// At most so many steps lie between the two.
    pub(super) within: usize,
    /// Steps that may come behind the last one, and belong to it.
    pub(super) follows: &'static [Mark],
}

const PLAIN: Family = Family {
    name: "",
    tag: Tag::None,
    is_os: false,
    has_slim: false,
    opens: &[],
    closes: &[],
    within: 12,
    follows: &[],
};

use Mark::{Begins, Holds, Is, Says};

pub(super) const FAMILIES: &[Family] = &[
    Family {
        name: "debian",
        tag: Tag::Codename,
        is_os: true,
        opens: &[
            Begins("# debian.sh"),
            Says("debuerreotype"),
            Begins("ADD file:"),
            Begins("ADD rootfs.tar"),
        ],
        closes: &[Is(r#"CMD ["bash"]"#)],
        within: 1,
        ..PLAIN
    },
    // Newer ones have no CMD.
    Family {
        name: "debian",
        tag: Tag::Codename,
        is_os: true,
        opens: &[Begins("# debian.sh"), Says("debuerreotype")],
        ..PLAIN
    },
    Family {
        name: "ubuntu",
        tag: Tag::Release,
        is_os: true,
        opens: &[
            Begins("LABEL org.opencontainers.image.ref.name=ubuntu"),
            Begins("ADD file:"),
            Begins("ADD rootfs.tar"),
        ],
        closes: &[Is(r#"CMD ["/bin/bash"]"#)],
        within: 4,
        ..PLAIN
    },
    Family {
        name: "alpine",
        tag: Tag::Release,
        is_os: true,
        opens: &[
            Begins("ADD alpine-minirootfs"),
            Begins("ADD file:"),
            Begins("ADD rootfs.tar"),
        ],
        closes: &[Is(r#"CMD ["/bin/sh"]"#)],
        within: 1,
        ..PLAIN
    },
    Family {
        name: "busybox",
        opens: &[
            Begins("ADD busybox.tar"),
            Begins("BusyBox "),
            Begins("ADD file:"),
        ],
        closes: &[Is(r#"CMD ["sh"]"#)],
        within: 1,
        is_os: true,
        ..PLAIN
    },
    Family {
        name: "ubi",
        is_os: true,
        opens: &[Holds("com.redhat.component"), Holds("/root/buildinfo/")],
        follows: &[Holds("/root/buildinfo/"), Begins("LABEL "), Begins("CMD ")],
        ..PLAIN
    },
    Family {
        name: "distroless",
        is_os: true,
        opens: &[Begins("bazel build ")],
        follows: &[Is("")],
        ..PLAIN
    },
    Family {
        name: "wolfi",
        is_os: true,
        opens: &[Begins("apko"), Says("apko")],
        ..PLAIN
    },
    Family {
        name: "buildpack-deps",
        tag: Tag::Codename,
        opens: &[
            Holds("ca-certificates curl gnupg netbase"),
            Holds("ca-certificates curl netbase wget"),
        ],
        follows: &[
            Holds("git mercurial openssh-client subversion procps"),
            Holds("autoconf automake bzip2"),
            Holds("gnupg dirmngr"),
        ],
        ..PLAIN
    },
    Family {
        name: "python",
        tag: Tag::Version("PYTHON_VERSION"),
        has_slim: true,
        opens: &[Begins("ENV PYTHON_VERSION"), Begins("ENV GPG_KEY")],
        closes: &[Is(r#"CMD ["python3"]"#), Is(r#"CMD ["python2"]"#)],
        ..PLAIN
    },
    Family {
        name: "node",
        tag: Tag::Version("NODE_VERSION"),
        has_slim: true,
        opens: &[Begins("ENV NODE_VERSION")],
        closes: &[Is(r#"CMD ["node"]"#)],
        ..PLAIN
    },
    Family {
        name: "nginx",
        tag: Tag::Version("NGINX_VERSION"),
        opens: &[Begins("ENV NGINX_VERSION")],
        closes: &[Is(r#"CMD ["nginx" "-g" "daemon off;"]"#)],
        within: 20,
        // nginx:alpine is made on nginx:alpine-slim.
        follows: &[
            Begins("ENV NJS_"),
            Begins("ENV ACME_VERSION"),
            Begins("ENV PKG_RELEASE"),
            Holds("nginx-module-"),
        ],
        ..PLAIN
    },
    Family {
        name: "golang",
        tag: Tag::Version("GOLANG_VERSION"),
        opens: &[Begins("ENV GOLANG_VERSION")],
        closes: &[Begins("WORKDIR /go")],
        ..PLAIN
    },
    Family {
        name: "rust",
        tag: Tag::Version("RUST_VERSION"),
        has_slim: true,
        opens: &[Begins("ENV RUSTUP_HOME")],
        closes: &[Holds("rustup-init"), Holds("rustup --version")],
        within: 4,
        ..PLAIN
    },
    Family {
        name: "ruby",
        tag: Tag::Version("RUBY_VERSION"),
        has_slim: true,
        opens: &[Begins("ENV RUBY_VERSION")],
        closes: &[Is(r#"CMD ["irb"]"#)],
        within: 16,
        ..PLAIN
    },
    Family {
        name: "php",
        tag: Tag::Version("PHP_VERSION"),
        opens: &[Begins("ENV PHP_VERSION")],
        closes: &[
            Is(r#"CMD ["php" "-a"]"#),
            Is(r#"CMD ["php-fpm"]"#),
            Is(r#"CMD ["apache2-foreground"]"#),
        ],
        within: 20,
        ..PLAIN
    },
    Family {
        name: "eclipse-temurin",
        tag: Tag::Version("JAVA_VERSION"),
        opens: &[Begins("ENV JAVA_HOME=/opt/java/openjdk")],
        closes: &[
            Is(r#"ENTRYPOINT ["/__cacert_entrypoint.sh"]"#),
            Is(r#"CMD ["jshell"]"#),
        ],
        follows: &[Is(r#"CMD ["jshell"]"#)],
        ..PLAIN
    },
    Family {
        name: "mcr.microsoft.com/dotnet/runtime",
        tag: Tag::Version("DOTNET_VERSION"),
        opens: &[Begins("ENV DOTNET_VERSION")],
        closes: &[
            Holds("/usr/bin/dotnet"),
            Begins("COPY /dotnet /usr/share/dotnet"),
        ],
        follows: &[Holds("/usr/bin/dotnet")],
        within: 4,
        ..PLAIN
    },
    Family {
        name: "mcr.microsoft.com/dotnet/aspnet",
        tag: Tag::Version("ASPNET_VERSION"),
        opens: &[Begins("ENV ASPNET_VERSION")],
        closes: &[Holds("/shared/Microsoft.AspNetCore.App")],
        within: 3,
        ..PLAIN
    },
    Family {
        name: "mcr.microsoft.com/dotnet/sdk",
        tag: Tag::Version("DOTNET_SDK_VERSION"),
        opens: &[Holds("DOTNET_SDK_VERSION=")],
        closes: &[Holds("dotnet help")],
        follows: &[Holds("PowerShell")],
        within: 6,
        ..PLAIN
    },
    Family {
        name: "oven/bun",
        opens: &[Begins("ENV BUN_RUNTIME_TRANSPILER_CACHE_PATH")],
        closes: &[Is(r#"CMD ["/usr/local/bin/bun"]"#)],
        ..PLAIN
    },
    Family {
        name: "postgres",
        tag: Tag::Version("PG_VERSION"),
        opens: &[Begins("ENV PG_MAJOR")],
        closes: &[Is(r#"CMD ["postgres"]"#)],
        within: 24,
        ..PLAIN
    },
    Family {
        name: "redis",
        tag: Tag::Version("REDIS_VERSION"),
        opens: &[
            Begins("ENV REDIS_VERSION"),
            Begins("ENV REDIS_DOWNLOAD_URL"),
        ],
        closes: &[Is(r#"CMD ["redis-server"]"#)],
        within: 14,
        ..PLAIN
    },
];

/// Tools that build without a Dockerfile sign each layer of the app, and none of the
/// base (jib-core `ImageToJsonTranslator`, ko `pkg/build`, lifecycle `layers`).
pub(super) const OWN: &[Mark] = &[
    Begins("jib-"),
    Begins("ko build "),
    Begins("ko publish "),
    Begins("Layer: '"),
    Begins("Buildpacks "),
    Begins("Application Slice"),
];
