//! Crates: the arrows between ours, and what the pure ones may use of others.

use std::collections::BTreeMap;
use std::process::Command;

use relatum_tests::root;
use serde_json::Value;

use crate::none_of;

/// Our crates and the ones of ours that each may depend on. `*` stands for all.
///
/// A new crate gets a row; a new arrow is a decision and wants a record in docs/decisions.
const ARROWS: &[(&str, &[&str])] = &[
    ("relatum-stream", &[]),
    ("relatum-domain", &["relatum-stream"]),
    ("relatum-log", &["relatum-stream"]),
    ("relatum-projections", &["relatum-stream", "relatum-domain", "relatum-log", "relatum-churn"]),
    ("relatum-log-sled", &["relatum-stream", "relatum-log"]),
    ("relatum-replay", &["relatum-stream", "relatum-domain", "relatum-log", "relatum-projections"]),
    (
        "relatum",
        &[
            "relatum-stream",
            "relatum-domain",
            "relatum-log",
            "relatum-churn",
            "relatum-projections",
            "relatum-replay",
            "relatum-log-sled",
        ],
    ),
    ("relatum-churn", &[]),
    (
        "relatum-archive",
        &[
            "relatum-stream",
            "relatum-domain",
            "relatum-log",
            "relatum-projections",
            "relatum-replay",
            "relatum",
        ],
    ),
    ("relatum-import", &["relatum-stream", "relatum-domain", "relatum"]),
    ("relatum-demo", &["relatum-stream", "relatum-domain"]),
    (
        "relatum-sql",
        &["relatum-stream", "relatum-domain", "relatum-projections", "relatum", "relatum-archive"],
    ),
    ("relatum-cli", &["*"]),
    ("relatum-tests", &["*"]),
    ("relatum-benches", &["*"]),
    ("relatum-instructions", &["*"]),
    ("relatum-faults", &["*"]),
    ("relatum-fuzz", &["*"]),
];

/// What tests and examples of a crate may use of ours beyond its arrows.
const TEST_ARROWS: &[(&str, &[&str])] = &[
    ("relatum", &["relatum-demo"]),
    ("relatum-archive", &["relatum-demo"]),
    ("relatum-replay", &["relatum-demo"]),
    ("relatum-sql", &["relatum-demo"]),
];

/// Arrows that a feature must be able to switch off.
const OPTIONAL: &[(&str, &str)] =
    &[("relatum", "relatum-log-sled"), ("relatum-cli", "relatum-sql")];

/// The pure crates and the crates of others that each may use.
const PURE: &[(&str, &[&str])] = &[
    ("relatum-stream", &["schemars", "serde", "thiserror", "uuid"]),
    (
        "relatum-domain",
        &[
            "bitcode",
            "chrono",
            "iso_currency",
            "rrule",
            "rust_decimal",
            "schemars",
            "serde",
            "serde_json",
            "serde_with",
            "thiserror",
            "uuid",
        ],
    ),
    (
        "relatum-log",
        &["chrono", "oneshot", "serde", "serde_json", "sha2", "thiserror", "uuid", "wide"],
    ),
    ("relatum-projections", &["bitcode", "chrono", "serde", "thiserror", "uuid"]),
    ("relatum-churn", &["rand_chacha", "statrs", "thiserror"]),
];

/// Features of others that bring a clock or randomness.
const IMPURE_FEATURES: &[(&str, &[&str])] = &[
    ("chrono", &["clock", "now", "default"]),
    ("uuid", &["v1", "v4", "v6", "v7", "rng", "fast-rng"]),
];

/// What the clippy.toml of every pure crate must ban.
const BANNED: &[&str] = &[
    "chrono::Utc::now",
    "chrono::Local::now",
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "uuid::Uuid::new_v4",
    "uuid::Uuid::now_v7",
    "std::fs::File",
    "std::collections::HashMap",
    "std::collections::HashSet",
];

/// One dependency as a manifest states it.
struct Dependency {
    name: String,
    ours: bool,
    kind: Kind,
    optional: bool,
    default_features: bool,
    features: Vec<String>,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Normal,
    Test,
    Build,
}

/// The manifests of the workspace, as cargo reads them.
fn manifests() -> BTreeMap<String, Vec<Dependency>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().map(|package| (text(&package["name"]), dependencies(package))).collect()
}

fn dependencies(package: &Value) -> Vec<Dependency> {
    let stated = package["dependencies"].as_array().expect("dependencies");
    let read = |it: &Value| Dependency {
        name: text(&it["name"]),
        ours: !it["path"].is_null(),
        kind: match it["kind"].as_str() {
            None => Kind::Normal,
            Some("dev") => Kind::Test,
            Some(_) => Kind::Build,
        },
        optional: it["optional"] == true,
        default_features: it["uses_default_features"] == true,
        features: it["features"].as_array().expect("features").iter().map(text).collect(),
    };
    stated.iter().map(read).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn row<'a>(table: &'a [(&str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(of, _)| *of == name).map(|(_, row)| *row)
}

#[test]
fn every_arrow_between_our_crates_is_in_the_table() {
    let mut faults = Vec::new();
    for (name, dependencies) in manifests() {
        let Some(allowed) = row(ARROWS, &name) else {
            faults.push(format!("{name} has no row in ARROWS (tests/tidy/crates.rs); add one"));
            continue;
        };
        let in_tests = row(TEST_ARROWS, &name).unwrap_or_default();
        for it in dependencies.iter().filter(|it| it.ours) {
            let named = |list: &[&str]| list.contains(&"*") || list.contains(&it.name.as_str());
            let fits = named(allowed) || it.kind == Kind::Test && named(in_tests);
            if !fits {
                faults.push(format!(
                    "{name} depends on {}, which is not among {allowed:?}; take the dependency \
                     out, or decide for it: a row in tests/tidy/crates.rs and a record in \
                     docs/decisions",
                    it.name
                ));
            }
            if OPTIONAL.contains(&(name.as_str(), it.name.as_str())) && !it.optional {
                faults.push(format!("{name} must depend on {} by a feature only", it.name));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn the_pure_crates_use_what_their_tables_allow() {
    let manifests = manifests();
    let mut faults = Vec::new();
    for (name, allowed) in PURE {
        for it in manifests[*name].iter().filter(|it| !it.ours && it.kind != Kind::Test) {
            if !allowed.contains(&it.name.as_str()) {
                faults.push(format!(
                    "{name} depends on {}, which its table does not allow; a pure crate gets a \
                     new one only if it knows no clock, randomness, file and network: then add \
                     it in tests/tidy/crates.rs",
                    it.name
                ));
            }
            let impure = row(IMPURE_FEATURES, &it.name).unwrap_or_default();
            for feature in impure {
                let on = it.features.iter().any(|on| on == feature);
                if on || *feature == "default" && it.default_features {
                    faults.push(format!(
                        "{name} turns on `{feature}` of {}, which brings a clock or randomness; \
                         turn it off",
                        it.name
                    ));
                }
            }
        }
    }
    none_of(&faults);
}

#[test]
fn the_pure_crates_ban_clocks_randomness_and_files() {
    let mut faults = Vec::new();
    for (name, _) in PURE {
        let path = root().join("crates").join(name).join("clippy.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for banned in BANNED {
            if !text.contains(&format!("path = \"{banned}\"")) {
                faults.push(format!(
                    "crates/{name}/clippy.toml does not ban {banned}; copy the line from the \
                     clippy.toml of relatum-domain"
                ));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn our_crates_share_version_licence_and_lints() {
    let mut faults = Vec::new();
    for path in relatum_tests::files("toml").expect("the workspace can be read") {
        let is_member = path.ends_with("Cargo.toml") && path != root().join("Cargo.toml");
        if !is_member {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a manifest can be read");
        for line in ["version", "edition", "rust-version", "license", "publish"] {
            if !text.contains(&format!("\n{line}.workspace = true\n")) {
                let path = relatum_tests::shown(&path);
                faults.push(format!("{path}: write `{line}.workspace = true`"));
            }
        }
        if !text.contains("[lints]\nworkspace = true\n") {
            let path = relatum_tests::shown(&path);
            faults.push(format!("{path}: write `[lints]` and `workspace = true` below it"));
        }
    }
    none_of(&faults);
}
