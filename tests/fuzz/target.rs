//! What a target is given.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use crate::edits::Input;

/// Gives a target every kept input, then changes of them; under libFuzzer, what that asks for.
///
/// `cost` is how many times as long as the quickest target it takes, and gets fewer changes for it.
pub(crate) fn fuzz(name: &'static str, cost: u64, answered: fn(&[u8])) {
    bolero::check!(name = name).with_iterations(0).for_each(|bytes: &[u8]| answered(bytes));
    let changes = std::env::var("RELATUM_FUZZ_CHANGES");
    let changes: u64 = changes.map_or(0, |text| text.parse().expect("a number"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("__fuzz__").join(name);
    let kept = inputs(&folder.join("corpus"));
    assert!(!kept.is_empty(), "{name} has no corpus");
    for number in 0..changes / cost {
        let input = changed(&kept, number);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| answered(&input))) {
            let crashes = folder.join("crashes");
            fs::create_dir_all(&crashes).expect("a folder");
            fs::write(crashes.join(format!("change-{number}")), input).expect("a file");
            resume_unwind(panic);
        }
    }
}

/// One of the inputs, changed in one to four places; the same for equal numbers.
fn changed(kept: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(number);
    let mut draw = |below: usize| random.next_u32() as usize % below;
    let mut input = kept[draw(kept.len())].clone();
    for _ in 0..=draw(4) {
        let mut edit = vec![0; 11];
        edit.fill_with(|| draw(256).to_le_bytes()[0]);
        // Half of the changes are near the beginning, where the flags and the lengths are.
        if draw(2) == 0 {
            (edit[1], edit[2]) = (edit[1] % 32, 0);
        }
        Input(&edit).edit_once(&mut input);
    }
    input
}

/// The kept inputs, by name, so that they are the same everywhere.
fn inputs(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("an input")).collect()
}
