//! A mistake in a mapping is found before any row is read, and named by rule and field.

use relatum_import::{Mapping, PRESETS, Preset};

const MAPPING: &str = r#"
    system = "erp"
    [[table]]
    name = "payments"
    files = "*"
    currency = "EUR"
    id = "{Number}"
    stream = { account = "{Client}" }
    effective = "{Day}"
    [[table.event]]
    type = "payment_received"
    body.payment = { id = "{Number}", of = "payment" }
    body.amount = { money = "{Amount}" }
"#;

fn error(with: &str) -> String {
    Mapping::parse(&format!("{MAPPING}\n{with}")).unwrap_err().to_string()
}

#[test]
fn fields_are_compared_with_the_shape_of_their_event() {
    for (with, expected) in [
        (
            "body.referense = \"{Text}\"",
            "field `referense`: there is no such field; there are: advance, amount, applications, \
             base_rate, company, ledger_account, method, note, payment, reference, value_day",
        ),
        (
            "body.\"applications.0.amout\" = { money = \"{Amount}\" }",
            "field `applications.0.amout`: there is no such field; there are: account, amount, day",
        ),
        (
            "body.\"applications.0.amount\" = { money = \"{Amount}\" }",
            "field `applications.0.document`: it is needed, and the rule does not set it",
        ),
        ("body.value_day = { text = \"{Day}\", case = \"Upper\" }", "write lower or upper"),
        ("body.note = \"{Text}\"", "field `note`: { personal = … } goes here"),
        ("body.method = \"wire\"", "field `method`: \"bill\" or \"card\" or \"cash\" or"),
        ("body.base_rate = { money = \"{Rate}\" }", "field `base_rate`: { quantity = … } or"),
        ("body.value_day = \"2024-02-30\"", "field `value_day`: { day = … } goes here"),
        ("body.advance = { bool = \"{Adv}\", yes = \"x\" }", "bool: `yes` is no option here"),
        ("body.value_day = { day = \"2024-02-30\" }", "the constant `2024-02-30` is no day"),
        ("body.note = { personal = \"{Text\" }", "has a single brace"),
        ("body.reference = 0.5", "write numbers with decimals as texts"),
        ("body.reference = { text = \"{A}\", day = \"{B}\" }", "here: text, day"),
        (
            "body.company = { id = \"{C}\", of = \"firm\" }",
            "of = `firm`; write what it is an id of",
        ),
        ("body.reference = { text = \"{A}\", map = \"names\" }", "there is no `[maps.names]`"),
        ("each.applications.amount = { money = \"{A}\" }", "the table has no lines"),
        ("when = { State = { starting = \"x\" } }", "`starting` is no option here"),
        ("once = 5", "invalid type"),
        ("keeps = \"stage\"", "field `keeps`: `payment_received` has no field `stage`"),
        ("once = true\nkeeps = \"note\"", "say one of `once`, `keeps`, `changes`"),
        ("changes = \"payment_sent\"", "there is no event type `payment_sent`"),
        ("since = { money = \"{A}\" }", "field `since`: "),
        ("voids = \"payment_received\"", "a rule of type `event_voided` says what it `voids`"),
        ("when = { State = { map = \"x\", is = \"y\" } }", "there is no `[maps.x]`"),
        ("stream = { team = \"{T}\" }", "payment_received goes into a stream of: account"),
        ("id = \"same\"", "field `id`: it is the same for every row"),
    ] {
        let found = error(with);
        assert!(found.contains(expected), "{with}\n{found}");
    }
}

#[test]
fn the_whole_message_names_table_and_rule() {
    assert_eq!(
        error("name = \"pay\"\nbody.reference = { text = \"{A}\", trimmed = true }"),
        "table `payments`, event `pay`, field `reference`: text: `trimmed` is no option here; is \
         it misspelt?"
    );
}

#[test]
fn unknown_keys_and_types_are_refused() {
    let text = MAPPING.replace("payment_received", "payment_recieved");
    let error = Mapping::parse(&text).unwrap_err().to_string();
    assert!(error.contains("there is no such event type; there are: account_opened"), "{error}");
    let text = MAPPING.replace("currency =", "curency =");
    let error = Mapping::parse(&text).unwrap_err().to_string();
    assert!(error.contains("unknown field `curency`"), "{error}");
    let error = Mapping::parse("system = \"x\"\ntable = []").unwrap_err().to_string();
    assert!(error.contains("at least one [[table]]"), "{error}");
}

#[test]
fn every_preset_is_a_mapping() {
    for preset in PRESETS {
        let mapping = preset.mapping().unwrap();
        assert_eq!(mapping.system(), preset.name);
        assert!(mapping.title().is_some());
    }
    assert_eq!(
        Preset::named("ibm").unwrap_err().to_string(),
        "there is no preset `ibm`; there are: adventureworks, crm-opportunities, hubspot, ibm-ar, \
         online-retail, salesforce, salesforce-report, zoho"
    );
}
