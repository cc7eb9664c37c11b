//! Figures that are taken in processes of their own, by this program again.

use std::path::Path;
use std::process::Command;

use crate::Outcome;

/// What this program says that does `what` over `path` and nothing else: one figure or several.
pub(crate) fn alone(what: &str, path: &Path, argument: &str) -> Outcome<Vec<f64>> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--alone", what])
        .arg(path)
        .arg(argument)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{what}: {}: {}", output.status, said.trim()).into());
    }
    let said = String::from_utf8(output.stdout)?;
    Ok(said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
}

/// Runs this program to an end that it has to come to by a signal.
pub(crate) fn killed(what: &str, path: &Path, argument: &str) -> Outcome<()> {
    match alone(what, path, argument) {
        Err(error) if error.to_string().contains("signal") => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(format!("{what} ended by itself").into()),
    }
}

/// The most memory that was resident so far, in bytes.
pub(crate) fn most_resident() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("no figure of the system")?.trim().parse::<f64>()? * 1024.0)
}
