//! Packages as people speak of them. What comes in is a package's ecosystem and
//! name; what goes out is the family that the table in `families.txt` puts it into.

use std::sync::LazyLock;

/// One family to a line: `name = ecosystem:pattern …`.
const TABLE: &str = include_str!("families.txt");

/// The family of a package; `None` for most packages.
pub fn family(ecosystem: &str, name: &str) -> Option<&'static str> {
    static FAMILIES: LazyLock<Vec<Family>> =
        LazyLock::new(|| TABLE.lines().filter_map(line).collect());
    let name = normalized(ecosystem, name);
    let family = FAMILIES.iter().find(|family| {
        let mut members = family.members.iter();
        members.any(|(of, pattern)| *of == ecosystem && is_like(&name, pattern))
    });
    family.map(|family| family.name)
}

struct Family {
    name: &'static str,
    /// Ecosystem and pattern.
    members: Vec<(&'static str, &'static str)>,
}

fn line(line: &'static str) -> Option<Family> {
    let (name, members) = line.split_once('=')?;
    if line.starts_with('#') {
        return None;
    }
    let members = members.split_whitespace();
    Some(Family {
        name: name.trim(),
        members: members
            .filter_map(|member| member.split_once(':'))
            .collect(),
    })
}

/// Python's names are equal in many spellings (PEP 503); conda's packages of Python
/// are called the same.
fn normalized(ecosystem: &str, name: &str) -> String {
    match ecosystem {
        "pip" | "conda" => name
            .to_lowercase()
            .split(['-', '_', '.'])
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-"),
        _ => name.to_owned(),
    }
}

/// `*` at the end stands for whatever follows.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_families_of_which_people_speak() {
        for (ecosystem, name, expected) in [
            ("pip", "numpy", Some("numpy + libs")),
            ("conda", "numpy-base", Some("numpy + libs")),
            ("pip", "langchain_core", Some("langchain ecosystem")),
            ("pip", "LangGraph.SDK", Some("langchain ecosystem")),
            ("pip", "google-generativeai", Some("Google AI libs")),
            ("pip", "google-cloud-storage", Some("Google Cloud")),
            ("pip", "openai", Some("OpenAI/Anthropic")),
            ("npm", "openai", Some("OpenAI/Anthropic")),
            ("pip", "nvidia-cublas-cu12", Some("nvidia CUDA")),
            ("dpkg", "libcudnn9-cuda-12", Some("nvidia CUDA")),
            ("pip", "boto3", Some("AWS SDK")),
            ("npm", "@aws-sdk/client-s3", Some("AWS SDK")),
            ("npm", "@next/swc-linux-x64-gnu", Some("Next.js")),
            ("npm", "next", Some("Next.js")),
            ("npm", "next-auth", None),
            ("npm", "@prisma/client", Some("Prisma")),
            ("npm", "@babel/core", Some("Babel")),
            ("npm", "webpack-sources", Some("webpack")),
            ("dpkg", "libqt5core5a", Some("Qt")),
            ("dpkg", "libllvm14", Some("LLVM")),
            ("dpkg", "numpy", None),
            ("pip", "", None),
        ] {
            assert_eq!(family(ecosystem, name), expected, "{ecosystem}:{name}");
        }
    }

    #[test]
    fn every_line_of_the_table_is_a_family_with_members() {
        let lines = TABLE
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut names = BTreeSet::new();
        for text in lines {
            let family = line(text).unwrap_or_else(|| panic!("no family: {text}"));
            assert!(names.insert(family.name), "twice: {text}");
            let words = text.split_once('=').unwrap().1.split_whitespace().count();
            assert_eq!(family.members.len(), words, "{text}");
            for (ecosystem, pattern) in family.members {
                // What is not in normal form would never fit.
                let start = pattern.trim_end_matches('*').trim_end_matches('-');
                assert_eq!(normalized(ecosystem, start), start, "{pattern}");
            }
        }
    }
}
