//! A development kit that only runs.

use crate::advice::{Finding, JLINK, Risk, Rule, View};
use crate::path::brief;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "java-jdk-in-runtime",
    summary: "a JDK where a JRE, or jlink's, would do",
    explain: "\
A JDK of version 17 has 271 MB; what `jlink` makes of ten modules has 52, and Debian's JRE is
79 MB smaller than its JDK. Copy a run time by jlink, or start from a JRE. The estimate is
what the JDK weighs less those 52 MB. jdeps does not see all modules: jdk.zipfs,
jdk.crypto.ec and jdk.localedata are missed by programs that load them by name, and agents
and JSP need more. It is silent where tools of the JDK are run (jcmd, jmap, javac).",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let tools = [
        "javac", "jcmd", "jmap", "jstack", "jlink", "jshell", "mvn", "gradle", "jps",
    ];
    if !view.runs("java") || view.runs_any(&tools) {
        return Vec::new();
    }
    let kits = view
        .owners()
        .filter(|(_, owner)| owner.installed && owner.name == "Java JDK");
    let kit = kits.map(|(_, owner)| owner).max_by_key(|owner| owner.live);
    let finding = kit.and_then(|kit| {
        let stored = kit.live.0.checked_sub(JLINK.0).filter(|&bytes| bytes > 0)?;
        let share = u128::from(kit.download.0) * u128::from(stored) / u128::from(kit.live.0.max(1));
        Some(
            Finding::new(format!("a JDK {} is installed where Java only runs", brief(&kit.version)))
                .estimate(Bytes(stored), Bytes(u64::try_from(share).unwrap_or(u64::MAX)))
                .risk(Risk::Behaviour)
                .note("modules that are loaded by name must be given to jlink: jdk.zipfs, jdk.crypto.ec, jdk.localedata")
                .fix(format!(
                    "RUN jlink --add-modules java.se,jdk.unsupported --strip-debug --no-man-pages \\\n \
                     --no-header-files --compress=2 --output /jre   # in a stage with the JDK\n\n\
                     {}",
                    view.copy_built(["/jre /opt/java"])
                )),
        )
    });
    finding.into_iter().collect()
}
