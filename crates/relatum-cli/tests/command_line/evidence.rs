//! Tree heads, proofs and what verification says of both.

use std::fs;

use crate::support::{ACCOUNT, Place, invoice};

/// A folder with a log of so many invoices, one a commit.
fn with_invoices(count: u32) -> Place {
    let place = Place::empty();
    for number in 1..=count {
        let ran = place.run_with_input(&["log", "append"], invoice(number, 100));
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    place
}

/// The verifier key of a new key in the file `key`.
fn new_key(place: &Place) -> String {
    let ran =
        place.run_bare(&["log", "tree-head", "--new-key", "example.com/book", "--key", "key"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out.trim_end().to_owned()
}

#[test]
fn a_tree_head_that_was_kept_is_found_again() {
    let place = with_invoices(2);
    let ran = place.run(&["log", "tree-head"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 3), "{ran:?}");
    assert!(ran.out.starts_with("relatum.invalid/log/"), "{}", ran.out);
    place.file("kept", &ran.out);
    let document = place.run(&["log", "tree-head", "--json"]).json();
    assert_eq!((&document["signed"], &document["size"]), (&false.into(), &2.into()));
    assert_eq!(document["note"], ran.out);
    assert_eq!(place.run_with_input(&["log", "append"], invoice(3, 100)).code, 0);
    let ran = place.run(&["log", "verify", "--tree-head", "kept"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said = "contains the tree head of 2 events; no signature was checked\n";
    assert!(ran.out.ends_with(said), "{}", ran.out);
    let found = place.run(&["log", "verify", "--tree-head", "kept", "--json"]).json();
    assert_eq!(found["tree_head"]["contained"], true);
    assert_eq!(found["tree_head"]["root"], document["root"]);
    let now = place.run(&["log", "tree-head", "--json"]).json();
    assert_eq!((&found["root"], &found["events"]), (&now["root"], &now["size"]));
    let then = place.run(&["log", "tree-head", "--at", "2", "--json"]).json();
    assert_eq!(then, document);
}

#[test]
fn a_log_that_was_cut_back_or_rewritten_is_sound_but_not_what_was_kept() {
    let place = with_invoices(3);
    let kept = place.run(&["log", "tree-head"]).out;
    place.file("kept", &kept);
    let log = place.log();
    let cut: String = log.split_inclusive('\n').take(2).collect();
    let copied = place.run_with_input(&["log", "replicate", "--store", "cut"], &cut);
    assert_eq!(copied.code, 0, "{copied:?}");
    let verify = ["log", "verify", "--tree-head", "kept", "--store"];
    let ran = place.run(&[&verify[..], &["cut"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with("sound: 2 commits, 2 events, "), "{}", ran.out);
    let said = "fault: the tree head is of 3 events and the log has 2: it was cut back, or is";
    assert!(ran.out.contains(said), "{}", ran.out);

    let rewritten = log.replace(r#""minor":100"#, r#""minor":900"#);
    assert_ne!(rewritten, log);
    place.run_with_input(&["log", "replicate", "--store", "new"], &rewritten);
    assert_eq!(place.run(&["log", "verify", "--store", "new"]).code, 0);
    let ran = place.run(&[&verify[..], &["new", "--json"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    let found = ran.json();
    let said = (&found["sound"], &found["tree_head"]["contained"]);
    assert_eq!(said, (&true.into(), &false.into()));
    let fault = found["tree_head"]["fault"].as_str().unwrap();
    assert!(fault.starts_with("the first 3 events have the root "), "{fault}");
    let csv = place.run(&[&verify[..], &["new", "--csv"]].concat());
    assert_eq!(csv.code, 1);
    assert!(csv.out.lines().next().unwrap().ends_with(",tree_head,tree_head_fault"), "{}", csv.out);
}

#[test]
fn a_signed_tree_head_says_who_signed_it() {
    let place = with_invoices(2);
    let verifier = new_key(&place);
    assert!(verifier.starts_with("example.com/book+"), "{verifier}");
    let head = place.run(&["log", "tree-head", "--key", "key"]).out;
    assert!(head.starts_with("example.com/book\n2\n"), "{head}");
    assert!(head.contains("\n\n— example.com/book "), "{head}");
    place.file("kept", &head);
    let verify = ["log", "verify", "--tree-head", "kept", "--verifier-key"];
    let ran = place.run(&[&verify[..], &[&verifier]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.ends_with("of 2 events; signed by example.com/book\n"), "{}", ran.out);

    fs::remove_file(place.path("key")).unwrap();
    let other = new_key(&place);
    let ran = place.run(&[&verify[..], &[&other]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    let said = "fault: the tree head has no signature of the key `example.com/book`";
    assert!(ran.out.contains(said), "{}", ran.out);
    place.file("kept", head.replacen("\n2\n", "\n1\n", 1));
    let ran = place.run(&[&verify[..], &[&verifier]].concat());
    let said = "the signature of the key `example.com/book` is not one of this tree head";
    assert!(ran.code == 1 && ran.out.contains(said), "{ran:?}");
    let named = place.run(&["log", "tree-head", "--key", "key", "--origin", "example.com/other"]);
    assert!(named.out.starts_with("example.com/other\n2\n"), "{}", named.out);
}

#[test]
fn a_proof_says_what_was_hashed_and_against_what() {
    let place = with_invoices(3);
    let event = format!("{ACCOUNT}@2");
    let ran = place.run(&["log", "prove", &event]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let head = place.run(&["log", "tree-head"]).out;
    assert!(ran.out.ends_with(&format!("\n\n{head}")), "{}", ran.out);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!((lines[0], lines[2], lines[5]), ("c2sp.org/tlog-proof@v1", "index 1", ""));
    let document = place.run(&["log", "prove", &event, "--json"]).json();
    assert_eq!(document["proof"], ran.out);
    assert_eq!((&document["index"], &document["size"]), (&1.into(), &3.into()));
    assert_eq!(document["hashes"].as_array().unwrap().len(), 2);
    let line = place.log();
    let leaf = document["leaf"].as_str().unwrap();
    let [header, number, body] = leaf.splitn(3, '\n').collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!(
        (number, format!("{header}{body}]}}").as_str()),
        ("0", line.lines().nth(1).unwrap())
    );
    let earlier = place.run(&["log", "prove", &event, "--at", "2", "--json"]).json();
    assert_eq!(earlier["hashes"].as_array().unwrap().len(), 1);
    let both = place.run(&["log", "prove", "--consistency", "2", "3", "--json"]).json();
    assert_eq!((&both["old_root"], &both["new_root"]), (&earlier["root"], &document["root"]));
    let ran = place.run(&["log", "prove", "--consistency", "2", "3"]);
    let (old, new) = (earlier["root"].as_str().unwrap(), document["root"].as_str().unwrap());
    assert!(ran.out.starts_with(&format!("old 2 {old}\nnew 3 {new}\n")), "{}", ran.out);
    for form in ["--csv", "--jsonl"] {
        assert_eq!(place.run(&["log", "prove", &event, form]).code, 0);
    }
}

#[test]
fn what_cannot_be_proved_is_refused() {
    let place = with_invoices(2);
    let (first, third) = (format!("{ACCOUNT}@1"), format!("{ACCOUNT}@3"));
    let prove = |arguments: &[&str]| place.run(&[&["log", "prove"], arguments].concat());
    prove(&[&third]).fails(1, &format!("error: there is no event `{third}`"));
    prove(&[&first, "--at", "9"]).fails(1, "error: a tree of 9 events was asked for, there are 2");
    prove(&[&format!("{ACCOUNT}@2"), "--at", "1"])
        .fails(1, "error: a tree of 1 events has no event number 1, counted from 0");
    prove(&["--consistency", "2", "1"])
        .fails(1, "error: a tree of 2 events was asked for, there are 1");
    place
        .run(&["log", "tree-head", "--at", "9"])
        .fails(1, "error: a tree of 9 events was asked for, there are 2");
    for arguments in [
        &["log", "prove"][..],
        &["log", "prove", &first, "--consistency", "1", "2"],
        &["log", "prove", "--consistency", "1"],
        &["log", "prove", "account"],
        &["log", "verify", "--verifier-key", "k+00000000+AA=="],
        &["log", "tree-head", "--new-key", "k"],
        &["log", "tree-head", "--at", "0"],
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn keys_and_tree_heads_that_are_none_are_named() {
    let place = with_invoices(1);
    new_key(&place);
    let again = ["log", "tree-head", "--new-key", "example.com/book", "--key", "key"];
    place.run(&again).fails(4, "error: could not write the key file key: entity already exists");
    let name = "error: a key name is not empty and has no white space and no `+`, such as \
                example.com/book";
    place.run(&["log", "tree-head", "--new-key", "a b", "--key", "other"]).fails(2, name);
    let missing = ["log", "tree-head", "--key", "other"];
    let said = "error: could not read the key file other: No such file or directory (os error 2)";
    place.run(&missing).fails(4, said);
    place.file("other", "PRIVATE+KEY+k+00000000+AAAA\n");
    let said = "error: the text is no private key: PRIVATE+KEY+name+id+key, all on one line";
    place.run(&missing).fails(1, said);
    let said =
        "error: `a b` is no origin; an origin is not empty and has no white space and no `+`";
    place.run(&["log", "tree-head", "--origin", "a b"]).fails(2, said);
    let verify = ["log", "verify", "--tree-head", "kept"];
    let said = "error: could not read kept: No such file or directory (os error 2)";
    place.run(&verify).fails(4, said);
    place.file("kept", "example.com/book\n1\n");
    let said = "error: the text is no tree head: the third line, its root, is not the base64 of 32 \
                bytes";
    place.run(&verify).fails(1, said);
}

#[test]
fn the_first_event_that_is_not_understood_is_named() {
    let place = with_invoices(3);
    let log = place.log();
    let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
    for line in &mut lines[1..] {
        *line = line.replace("invoice_issued\",\"schema", "eclipse_seen\",\"schema");
    }
    let ran = place.run_with_input(&["log", "replicate", "--store", "new"], lines.join("\n"));
    assert_eq!(ran.code, 5, "the commits are in, and cannot be folded: {ran:?}");
    place.file("kept", place.run(&["log", "tree-head", "--store", "new"]).out);
    let verify = ["log", "verify", "--tree-head", "kept", "--store", "new"];
    let ran = place.run(&verify);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{ran:?}");
    assert!(ran.out.starts_with("fault: "), "{}", ran.out);
    assert!(ran.out.contains(&format!("{ACCOUNT}@2")), "{}", ran.out);
    assert!(ran.out.contains("eclipse_seen"), "{}", ran.out);
    let found = place.run(&[&verify[..], &["--json"]].concat()).json();
    assert_eq!((&found["sound"], found["tree_head"].is_null()), (&false.into(), true));
}
