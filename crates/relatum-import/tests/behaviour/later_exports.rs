//! Exports of the same vendor, months apart: what became of a record is told beside what was told
//! of it before, and an undo takes back the later one alone.

use relatum::{Engine, NewBatch, PipelineBy, PipelineOptions, StreamId, Undo};

use relatum_domain::event::audit::{ImportBegun, UsedMapping};
use relatum_domain::{AccountId, Actor, BatchId, derive};
use relatum_import::{EngineSink, Import, Input, Mapping, Preset, Report, Settings};
use uuid::Uuid;

/// Imports `files` as batch `number`.
fn import(engine: &Engine, mapping: &Mapping, number: u128, files: &[(&str, String)]) -> Report {
    let used = UsedMapping { name: "test".into(), sha256: "00".into(), said: Vec::new() };
    let batch: BatchId = Uuid::from_u128(number).into();
    let told = ImportBegun { batch, mapping: used, files: Vec::new(), no_amend: false };
    let day = "2024-12-01".parse().unwrap();
    let batch = NewBatch { day, actor: Actor::system("test"), told };
    let inputs = files.iter().map(|(name, text)| Input::bytes(*name, text.clone())).collect();
    let mut import = Import::open(mapping, inputs).unwrap();
    let mut sink = EngineSink::begin(engine.clone(), batch);
    import.run(&mut sink, &mut std::io::sink(), &mut |_| {}).unwrap();
    let report = import.report().clone();
    assert_eq!(report.first_rejects, [], "{number}");
    report
}

fn undo(engine: &Engine, number: u128) {
    let undo = Undo {
        batch: Uuid::from_u128(number).into(),
        by: Uuid::from_u128(1_000 + number).into(),
        reason: "not yet".into(),
        actor: Actor::system("test"),
        day: "2024-12-02".parse().unwrap(),
    };
    engine.undo(&undo, |_, _| {}).unwrap();
}

fn mapping(preset: &str) -> Mapping {
    let settings = Settings::default().today("2024-12-01".parse().unwrap());
    let settings = settings.zone("UTC").unwrap().currency("EUR").unwrap();
    Preset::named(preset).unwrap().with(&settings).unwrap()
}

/// What stands on an account: `day type fields`, in the order of the telling; amendments say which
/// version they replace.
fn history(engine: &Engine, system: &str, account: &str, fields: &[&str]) -> Vec<String> {
    let id: AccountId = derive("account", system, account).into();
    let mut lines = Vec::new();
    for told in engine.replay().stream(StreamId::from(id)).events().unwrap() {
        let event = told.unwrap().data;
        let kind = event.body.event_type();
        if matches!(kind, "account_fact_stated" | "event_undone") {
            continue;
        }
        let json: serde_json::Value = serde_json::from_str(event.encode().unwrap().get()).unwrap();
        let show = |field: &&str| {
            let found = json.pointer(&format!("/body/{}", field.replace('.', "/")))?;
            Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
        };
        let shown: Vec<String> = fields.iter().filter_map(show).collect();
        let amends = event.amends.map(|it| format!(" for {}", it.version)).unwrap_or_default();
        lines.push(format!("{} {kind} {}{amends}", event.effective, shown.join(" ")));
    }
    lines
}

/// The open pipeline and the accounts, as of the end of that year.
fn answers(engine: &Engine) -> String {
    let options = PipelineOptions { by: PipelineBy::Stage, account: None, manager: None };
    let book = engine.as_of("2024-12-31".parse().unwrap());
    format!("{:?}\n{:?}", book.pipeline(&options).unwrap(), book.accounts().unwrap())
}

fn salesforce(account: &str, deals: &[&str]) -> Vec<(&'static str, String)> {
    let accounts = format!(
        "Id,IsDeleted,Name,Type,OwnerId,CreatedDate,LastModifiedDate,LastViewedDate\n{account}\n"
    );
    let head = "Id,IsDeleted,AccountId,Name,StageName,Amount,Probability,CloseDate,IsClosed,IsWon,\
                OwnerId,CreatedDate,LastModifiedDate,SystemModstamp";
    vec![("Account.csv", accounts), ("Opportunity.csv", format!("{head}\n{}\n", deals.join("\n")))]
}

const CREATED: &str = "2024-01-10T08:00:00.000Z";

#[test]
fn salesforce_a_prospect_becomes_a_client_and_a_deal_is_won() {
    let (engine, mapping) = (Engine::in_memory().unwrap(), mapping("salesforce"));
    let account = |kind: &str, owner: &str, changed: &str| {
        format!(
            "A1,false,Nord,{kind},{owner},{CREATED},{changed}T08:00:00.000Z,{changed}T09:00:00Z"
        )
    };
    let deal = |name: &str, state: &str, changed: &str| {
        format!("{name},{state},U1,{CREATED},{changed}T08:00:00.000Z,{changed}T08:00:00.000Z")
    };
    let open = |name: &str, changed: &str| {
        deal(&format!("{name},false,A1,{name}"), "Talks,100,40,2024-09-30,false,false", changed)
    };
    let first = salesforce(
        &account("Prospect", "U1", "2024-01-10"),
        &[&open("D1", "2024-01-10"), &open("D2", "2024-01-10"), &open("D3", "2024-01-10")],
    );
    let report = import(&engine, &mapping, 1, &first);
    assert_eq!(report.of("opportunity_opened").recorded, 3);
    assert_eq!(report.of("opportunity_stage_changed").held(), 0);
    let before = answers(&engine);

    // D1 is won, D2 moved on, D3 was deleted; the account buys, and has another owner.
    let second = salesforce(
        &account("Customer", "U2", "2024-06-03"),
        &[
            &deal("D1,false,A1,D1", "Closed Won,120,100,2024-06-02,true,true", "2024-06-02"),
            &deal("D2,false,A1,D2", "Contract,110,80,2024-10-31,false,false", "2024-05-20"),
            &deal("D3,true,A1,D3", "Talks,100,40,2024-09-30,false,false", "2024-04-01"),
        ],
    );
    let report = import(&engine, &mapping, 2, &second);
    let changed: u64 = report.events.values().map(|tally| tally.changed).sum();
    assert_eq!(changed, 0, "nothing that was told was wrong: {:?}", report.events);
    let fields = ["stage", "value.micro", "probability", "reason"];
    let told = history(&engine, "salesforce", "A1", &fields);
    let opening = told.iter().position(|it| it.contains("opportunity_opened")).unwrap();
    assert_eq!(
        told[opening..],
        [
            "2024-01-10 opportunity_opened Talks 100000000 0.4",
            "2024-01-10 opportunity_opened Talks 100000000 0.4",
            "2024-01-10 opportunity_opened Talks 100000000 0.4",
            "2024-06-03 account_stage_changed client",
            "2024-06-03 account_assigned ",
            "2024-06-02 opportunity_won 120000000",
            "2024-05-20 opportunity_stage_changed Contract 110000000 0.8",
            "2024-04-01 event_voided deleted in Salesforce",
        ]
    );
    let after = answers(&engine);
    let report = import(&engine, &mapping, 3, &second);
    assert_eq!(report.recorded(), 0, "the same again");

    // The won deal is open again, in the stage it was in at first.
    let third = salesforce(&account("Customer", "U2", "2024-07-03"), &[&open("D1", "2024-07-03")]);
    let report = import(&engine, &mapping, 4, &third);
    assert_eq!((report.recorded(), report.of("opportunity_stage_changed").recorded), (1, 1));
    let told = history(&engine, "salesforce", "A1", &fields);
    let last = "2024-07-03 opportunity_stage_changed Talks 100000000 0.4";
    assert_eq!(told.last().map(String::as_str), Some(last));

    undo(&engine, 4);
    assert_eq!(answers(&engine), after);
    undo(&engine, 2);
    assert_eq!(answers(&engine), before);
}

#[test]
fn salesforce_without_is_closed_goes_by_the_stage() {
    let (engine, mapping) = (Engine::in_memory().unwrap(), mapping("salesforce"));
    let text = "Id,AccountId,Name,StageName,Amount,CloseDate,OwnerId,CreatedDate\n\
                D1,A1,Won,Closed Won,5,2024-03-01,U1,2024-01-10\n\
                D2,A1,Lost,Closed Lost,5,2024-03-02T00:00:00.000Z,U1,2024-01-10\n\
                D3,A1,Open,Talks,5,2024-12-24,U1,2024-01-10\n";
    let report = import(&engine, &mapping, 1, &[("Opportunity.csv", text.to_owned())]);
    let counts: Vec<u64> = ["opportunity_opened", "opportunity_won", "opportunity_lost"]
        .map(|it| report.of(it).recorded)
        .to_vec();
    assert_eq!(counts, [3, 1, 1]);
    let told = history(&engine, "salesforce", "A1", &["name", "stage"]);
    assert!(told.contains(&"2024-01-10 opportunity_opened Won Not stated".to_owned()), "{told:#?}");
}

#[test]
fn hubspot_a_deal_is_won_later_and_a_stage_of_one_s_own_ends_it() {
    let (engine, mapping) = (Engine::in_memory().unwrap(), mapping("hubspot"));
    let head = "Record ID,Deal Name,Deal Stage,Close Date,Amount,Create Date,Last Modified Date,\
                Deal probability,Associated Company IDs";
    let file = |rows: &[&str]| vec![("all-deals.csv", format!("{head}\n{}\n", rows.join("\n")))];
    let offer = "9,Kites,Offer,2024-09-30,\"1,500.50\",2024-02-03 08:00,2024-02-03 08:00,0.4,7";
    import(&engine, &mapping, 1, &file(&[offer]));
    // No column says `Is Closed Won`; the probability of the stage does.
    let done = "9,Kites,Signed!,2024-06-01,1600,2024-02-03 08:00,2024-06-01 10:00,1.0,7";
    let dead = "8,Helmets,Over,2024-06-01,1600,2024-02-03 08:00,2024-06-01 10:00,0.0,7";
    let plain = "6,Bells,Won,2024-06-02,5,2024-02-03 08:00,2024-06-02 10:00,,7";
    let report = import(&engine, &mapping, 2, &file(&[done, dead, plain]));
    assert_eq!(report.events.values().map(|tally| tally.changed).sum::<u64>(), 0);
    let told = history(&engine, "hubspot", "7", &["name", "stage", "value.micro"]);
    assert_eq!(
        told,
        [
            "2024-02-03 opportunity_opened Kites Offer 1500500000",
            "2024-06-01 opportunity_won 1600000000",
            "2024-02-03 opportunity_opened Helmets Not stated 1600000000",
            "2024-06-01 opportunity_lost ",
            "2024-02-03 opportunity_opened Bells Not stated 5000000",
            "2024-06-02 opportunity_won 5000000",
        ]
    );
}

#[test]
fn zoho_stages_of_one_s_own_are_told_by_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let endings = folder.path().join("endings.csv");
    std::fs::write(&endings, "stage,ending\nEndlich,won\nVorbei,lost\n").unwrap();
    let settings = Settings::default().today("2024-12-01".parse().unwrap());
    let settings = settings.zone("Europe/Berlin").unwrap().currency("EUR").unwrap();
    let settings = settings.map_file("endings", &endings).unwrap();
    let mapping = Preset::named("zoho").unwrap().with(&settings).unwrap();
    let engine = Engine::in_memory().unwrap();
    let rows = "Record Id,Deal Name,Account Name.id,Amount,Stage,Closing Date,Created Time\n\
                zcrm_1,A,zcrm_7,\"1,200.00\",Endlich,2024-06-30,2024-04-05 08:00:00\n\
                zcrm_2,B,zcrm_7,5,Vorbei,2024-06-30,2024-04-05 08:00:00\n\
                zcrm_3,C,zcrm_7,5,Gespräch,2024-12-30,2024-04-05 08:00:00\n";
    let report = import(&engine, &mapping, 1, &[("Deals_001.csv", rows.to_owned())]);
    let counts = ["opportunity_opened", "opportunity_won", "opportunity_lost"];
    assert_eq!(counts.map(|it| report.of(it).recorded), [3, 1, 1]);
}
