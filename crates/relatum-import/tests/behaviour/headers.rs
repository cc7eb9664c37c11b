//! Header rows as files have them: in any order and case, by other names, with too much or too
//! little in them.

use relatum_import::{Input, Mapping, Settings};

use crate::book::{Book, Done, import, import_inputs};

const MAPPING: &str = r#"
    system = "crm"
    [[table]]
    name = "accounts"
    files = ["accounts*", "!*old*"]
    required = ["Id", "Name"]
    id = "{Id}"
    stream = { account = "{Id}" }
    effective = { day = "{Since}", default = "2024-01-01" }
    [table.column.Name]
    also = ["Nom de l'entreprise", "Firmenname"]
    [[table.event]]
    type = "account_opened"
    rest = "unmapped"
    body.name = "{Name}"
    body.stage = "client"
    body.country = "{Country}"
"#;

fn run(file: &str) -> (Book, Done) {
    let mut book = Book::default();
    let done = import(MAPPING, &[("accounts.csv", file.as_bytes())], &mut book);
    (book, done)
}

fn names(file: &str) -> Vec<String> {
    let (book, done) = run(file);
    done.result.unwrap();
    book.told("account_opened", &["body/name", "body/country"])
}

fn error(file: &str) -> String {
    let (book, done) = run(file);
    assert!(book.events.is_empty());
    done.error()
}

#[test]
fn columns_are_known_in_any_order_and_case_and_by_other_names() {
    let expected = ["2024-01-01 1: Nord | NO"];
    assert_eq!(names("Id,Name,Country\n1,Nord,NO\n"), expected);
    assert_eq!(names("\u{feff}COUNTRY, name ,iD\nNO,Nord,1\n"), expected);
    assert_eq!(
        names("\u{feff}\"Id\",\"nom\u{a0}de  l'Entreprise\",Country\n1,Nord,NO\n"),
        expected
    );
    // As it stands goes before alike.
    assert_eq!(names("id,Id,Name,Country\n2,1,Nord,NO\n"), expected);
}

#[test]
fn what_fits_two_columns_is_refused() {
    assert_eq!(
        error("Id,NAME,name\n1,a,b\n"),
        "`accounts.csv`, line 1: the header row has `NAME` and `name`, which are both read as \
         `Name`; rename or take out one"
    );
    assert_eq!(
        error("Id,Name,Firmenname\n1,a,b\n"),
        "`accounts.csv`, line 1: the header row has `Name` and `Firmenname`, which are both read \
         as `Name`; rename or take out one"
    );
    assert!(error("Id,Name,Id\n1,a,b\n").contains("names `Id` twice; rename one"));
}

#[test]
fn columns_that_are_not_required_may_be_absent() {
    assert_eq!(names("Id,Name\n1,Nord\n"), ["2024-01-01 1: Nord | -"]);
    assert!(
        error("Id,Country\n1,NO\n").starts_with("`accounts.csv` has no column `Name` (required)")
    );
}

#[test]
fn columns_that_nobody_names_are_kept_sealed() {
    let (book, done) =
        run("Id,Name,Private mail,Empty,Note\n1,Nord,a@b.example,,\"x\ny, \"\"z\"\"\"\n");
    done.result.unwrap();
    let text = book.told("account_opened", &["metadata/unmapped/clear/text"]);
    assert_eq!(
        text,
        ["2024-01-01 1: {\"Note\":\"x\\ny, \\\"z\\\"\",\"Private mail\":\"a@b.example\"}"]
    );
    let subject = book.told("account_opened", &["metadata/unmapped/clear/subject"]);
    assert_eq!(subject, [format!("2024-01-01 1: {}", book.events[0].0.id)]);
}

#[test]
fn many_columns_are_fine_and_a_million_are_refused() {
    let extra: Vec<String> = (0..300).map(|at| format!("Extra {at}")).collect();
    let values = vec!["v"; 300].join(",");
    let file = format!("Id,Name,{}\n1,Nord,{values}\n", extra.join(","));
    let (book, done) = run(&file);
    done.result.unwrap();
    let text = &book.told("account_opened", &["metadata/unmapped/clear/text"])[0];
    assert_eq!(text.matches("Extra ").count(), 300);

    let million = format!("Id,Name{}\n1,Nord\n", ",x".repeat(1_000_000));
    assert_eq!(
        error(&million),
        "`accounts.csv`, line 1: the header row is longer than 16 MiB or names more than 16384 \
         columns; is this a text file?"
    );
}

#[test]
fn a_file_is_known_by_its_columns_where_its_name_says_nothing() {
    let mapping = format!(
        "{MAPPING}
        [[table]]
        name = \"people\"
        files = \"people*\"
        required = [\"Id\", \"Name\", \"Mail\"]
        id = \"{{Id}}\"
        stream = {{ account = \"{{Id}}\" }}
        effective = \"2024-01-01\"
        [[table.event]]
        type = \"account_fact_stated\"
        body.topic = \"mail\"
        body.personal = {{ personal = \"{{Mail}}\" }}
        "
    );
    let mut book = Book::default();
    let done = import(&mapping, &[("export(3).csv", b"id,name,mail\n1,A,m\n")], &mut book);
    done.result.unwrap();
    assert_eq!(book.counts().into_iter().collect::<Vec<_>>(), [("account_fact_stated", 1)]);
    // Of two tables that its name fits, the one whose columns it has.
    let both = mapping.replace("files = \"people*\"", "files = \"*people*\"");
    let mut book = Book::default();
    import(&both, &[("accounts of people.csv", b"id,name\n1,A\n")], &mut book).result.unwrap();
    assert_eq!(book.counts().into_iter().collect::<Vec<_>>(), [("account_opened", 1)]);
    let done = import(&mapping, &[("old-accounts.csv", b"a,b\n1,2\n")], &mut book);
    assert!(done.error().starts_with("`old-accounts.csv` fits no table of the mapping"));
}

#[test]
fn a_map_from_a_file_rejects_what_it_does_not_know() {
    let mapping = r#"
        system = "crm"
        [maps.owners]
        [[table]]
        name = "accounts"
        files = "*"
        id = "{Id}"
        stream = { account = "{Id}" }
        effective = "2024-01-01"
        [[table.event]]
        type = "account_fact_stated"
        body.topic = "owner"
        body.fact = { text = "{Owner}", map = "owners" }
    "#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("owners.csv");
    let run = |map: &str| {
        std::fs::write(&path, map).unwrap();
        let settings = Settings::default().map_file("owners", &path)?;
        let mapping = Mapping::with(mapping, &settings)?;
        let mut book = Book::default();
        let file = Input::bytes("x.csv", "Id,Owner\n1,anna\n2,ben\n");
        let done = import_inputs(&mapping, vec![file], &mut book);
        Ok::<_, relatum_import::MappingError>((
            book.told("account_fact_stated", &["body/fact"]),
            done.rejected(),
        ))
    };
    let (told, rejected) = run("name;code\nanna;M-1\n").unwrap();
    assert_eq!(told, ["2024-01-01 1: M-1"]);
    assert_eq!(rejected, ["3 Owner ben: the mapping knows only: anna"]);
    let (told, _) = run("name,code\nanna,M-1\n*,M-9\n").unwrap();
    assert_eq!(told, ["2024-01-01 1: M-1", "2024-01-01 2: M-9"]);
    let (told, _) = run("name,code\nanna,M-1\n*,*\n").unwrap();
    assert_eq!(told, ["2024-01-01 1: M-1", "2024-01-01 2: ben"]);
    let error = run("name,code\nanna,M-1\nanna,M-2\n").unwrap_err().to_string();
    assert!(error.ends_with("line 3: `anna` stands there twice"), "{error}");
    std::fs::write(&path, "name,code\nanna,M-1\n").unwrap();
    let unknown = Settings::default().map_file("stages", &path).unwrap();
    assert_eq!(
        Mapping::with(mapping, &unknown).unwrap_err().to_string(),
        "the mapping has no map `stages`; it has: owners"
    );
}

#[test]
fn columns_that_change_by_themselves_are_not_kept() {
    let mapping = MAPPING.replace("required", "ignore = [\"Last viewed\"]\n    required");
    let file = b"Id,Name,Town,LAST  VIEWED\n7,Nord,Kiel,2024-01-01\n";
    let mut book = Book::default();
    import(&mapping, &[("accounts.csv", file)], &mut book).result.unwrap();
    assert_eq!(
        book.told("account_opened", &["metadata/unmapped/clear/text"]),
        ["2024-01-01 7: {\"Town\":\"Kiel\"}"]
    );
}

#[test]
fn a_condition_tests_what_a_map_makes_of_a_value() {
    let mapping = format!(
        "{}{}",
        MAPPING.replace("    [[table]]", "    [maps.ends]\n    Won = \"end\"\n    [[table]]"),
        r#"
    when = { Name = { map = "ends", strip_suffix = "!", empty = true }, "{Name}" = { not = "No" } }
        "#
    );
    let file = b"Id,Name\n1,Won\n2,Won!\n3,Wonder\n4,No\n";
    let mut book = Book::default();
    import(&mapping, &[("accounts.csv", file)], &mut book).result.unwrap();
    assert_eq!(book.told("account_opened", &["body/name"]), ["2024-01-01 3: Wonder"]);
}

#[test]
fn a_folder_without_known_names_is_read_by_columns() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("extract.csv"), "NAME,ID\nNord,7\n").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
    let mapping = Mapping::parse(MAPPING).unwrap();
    let mut book = Book::default();
    let inputs = mapping.inputs(&[folder.path()]).unwrap();
    import_inputs(&mapping, inputs, &mut book).result.unwrap();
    assert_eq!(book.counts()["account_opened"], 1);
    std::fs::write(folder.path().join("accounts.csv"), "Id,Name\n8,Sud\n").unwrap();
    let inputs = mapping.inputs(&[folder.path()]).unwrap();
    let names: Vec<&str> = inputs.iter().map(Input::name).collect();
    assert!(names.len() == 1 && names[0].ends_with("accounts.csv"), "{names:?}");
}
