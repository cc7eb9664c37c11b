//! What the figures were measured on and with: the machine, the versions, the day.

use std::path::Path;
use std::process::Command;

use chrono::Utc;

use crate::{Outcome, books};

/// The lock file of this package: what was built in.
const LOCK: &str = include_str!("../Cargo.lock");

/// The peers, as the lock file calls them.
const PEERS: [&str; 5] = ["fjall", "redb", "rusqlite", "evento", "umadb-core"];

/// One paragraph that says it.
pub(crate) fn described(rounds: usize) -> Outcome<String> {
    let folder = books::folder()?;
    let day = Utc::now().date_naive();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map_or_else(|_| String::new(), |it| text(&it.stdout));
    let rustc = rustc.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let cores = std::thread::available_parallelism()?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel = kernel.split(['-', '+']).next().unwrap_or_default().trim().to_owned();
    let disk = file_system(folder.path()).unwrap_or_default();
    let system = std::env::consts::OS;
    Ok(format!(
        "Measured on {day} with {rustc}, release profile, {cores} cores, {system} {kernel}, \
         {disk}, {rounds} rounds. {}.",
        versions()
    ))
}

/// The versions of all that was measured.
fn versions() -> String {
    let own = ["relatum", "sled"];
    let named = own.iter().chain(&PEERS).map(|name| {
        let version = version(name).unwrap_or("?");
        if *name == "rusqlite" {
            format!("{name} {version} with SQLite {}", rusqlite::version())
        } else {
            format!("{name} {version}")
        }
    });
    named.collect::<Vec<_>>().join(", ")
}

fn version(name: &str) -> Option<&'static str> {
    let (_, rest) = LOCK.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

/// The kind of the file system that holds `path`: that of the longest mount point before it.
fn file_system(path: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounts.filter(|(at, _)| path.starts_with(at));
    holding.max_by_key(|(at, _)| at.len()).map(|(_, kind)| kind.to_owned())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
