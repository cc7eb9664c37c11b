//! Exports of the vendors in their published layouts, with invented data and their known traps.

use std::path::PathBuf;

use relatum_import::{Input, Preset, Settings};

use crate::archives::zip;
use crate::book::{Book, Done, import_inputs};

fn folder(vendor: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(vendor)
}

fn files(vendor: &str, names: &[&str]) -> Vec<Input> {
    names.iter().map(|name| Input::path(folder(vendor).join(name))).collect()
}

fn all(preset: &str, vendor: &str, settings: &Settings, book: &mut Book) -> Done {
    let mapping = Preset::named(preset).unwrap().with(settings).unwrap();
    let inputs = mapping.inputs(&[folder(vendor)]).unwrap();
    import_inputs(&mapping, inputs, book)
}

fn today() -> Settings {
    Settings::default().today("2024-12-31".parse().unwrap())
}

/// The rejects as `file line column: reason`.
fn rejected(done: &Done) -> Vec<String> {
    let show = |reject: &relatum_import::Reject| {
        let file = reject.file.rsplit('/').next().unwrap();
        format!("{file} {} {}: {}", reject.line, reject.column, reject.reason)
    };
    done.report.first_rejects.iter().map(show).collect()
}

const SALESFORCE: &[&str] = &[
    "User.csv",
    "Account.csv",
    "Contact.csv",
    "Opportunity.csv",
    "OpportunityHistory.csv",
    "Task.csv",
    "Event.csv",
];

#[test]
fn salesforce_data_export() {
    let settings = today().zone("Europe/Berlin").unwrap();
    let mapping = Preset::named("salesforce").unwrap().with(&settings).unwrap();
    let mut book = Book::default();
    let done = import_inputs(&mapping, files("salesforce", SALESFORCE), &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    let rejects = rejected(&done);
    let expected = [
        "Account.csv 7 Id: empty, and the event belongs to no account then",
        "OpportunityHistory.csv 5 OpportunityId: is not in `",
        "Task.csv 6 ActivityDate, CompletedDateTime, CreatedDate: no day that there is",
    ];
    assert!(
        rejects.len() == 3 && rejects.iter().zip(expected).all(|(it, start)| it.starts_with(start)),
        "{rejects:#?}"
    );
    salesforce_book(&book);
    // A second import knows everything again.
    let before = book.events.len();
    let again = import_inputs(&mapping, files("salesforce", SALESFORCE), &mut book);
    assert_eq!((book.events.len(), again.report.recorded()), (before, 0));
}

const O1: &str = "0061t00000Qr1AaAAK";

fn salesforce_book(book: &Book) {
    let id = |kind: &str, id: &str| relatum_domain::derive(kind, "salesforce", id).to_string();
    let ines = id("manager", "0051t000002ABcDAAW");
    assert_eq!(
        book.told("manager_joined", &["body/code", "body/name/clear/text"])[0],
        "2019-03-01 0051t000002ABcDAAW: M-7 | Ines Okafor"
    );
    // 23:30 in London is the next day in Berlin.
    assert_eq!(
        book.told("account_opened", &["at", "body/name", "body/stage", "body/country"]),
        [
            "2024-02-01 0011t00000Xy1AbAAJ: 2024-01-31T23:30:00Z | Nordwind \"Reederei\", GmbH | \
             client | Germany",
            "2024-02-01 0011t00000Xy1AcAAJ: 2024-01-31T23:30:00Z | Nordwind Werft | prospect | \
             Germany",
            "2024-02-01 unassigned: - | Salesforce records without account | prospect | -",
        ]
    );
    let rest = &book.told("account_opened", &["metadata/unmapped/clear/text"])[0];
    assert!(rest.contains("\"Segment__c\":\"Gold\"") && rest.contains("+49 451 1"), "{rest}");
    assert_eq!(
        book.told("account_fact_stated", &["body/topic", "body/personal/clear/text"])
            .iter()
            .filter(|told| told.contains("description |"))
            .collect::<Vec<_>>(),
        ["2024-02-01 0011t00000Xy1AbAAJ/description: description | First line\nsecond, with \
          \"quotes\""]
    );
    assert_eq!(
        book.told("contact_added", &["body/name/clear/text", "body/email/clear/text"]),
        [
            "2024-02-01 0031t00000Zz1AaAAP: Lena Brandt | lena@nordwind.example",
            "2024-02-01 0031t00000Zz1AbAAP: Solo | -",
        ]
    );
    assert_eq!(
        book.told(
            "opportunity_stage_changed",
            &["body/stage", "body/probability", "actor/manager"]
        ),
        [
            format!("2024-02-01 0081t000001: Prospecting | 0.1 | {ines}"),
            format!("2024-02-20 0081t000002: Negotiation | 0.6 | {ines}"),
        ]
    );
    assert_eq!(
        book.told("opportunity_won", &["body/opportunity", "body/value/micro"]),
        [format!("2024-03-15 {O1}: {} | 12500500000", id("opportunity", O1))]
    );
    assert_eq!(book.told("opportunity_lost", &[]), ["2024-02-29 0061t00000Qr1AcAAK: "]);
    salesforce_activities(book);
}

fn salesforce_activities(book: &Book) {
    let id = |kind: &str, id: &str| relatum_domain::derive(kind, "salesforce", id).to_string();
    // ActivityDate is a day, though the instants beside it are of the next one in Berlin.
    assert_eq!(
        book.told(
            "activity_held",
            &[
                "body/kind",
                "body/outcome",
                "body/minutes",
                "body/note/clear/text",
                "metadata/archived"
            ]
        ),
        [
            "2024-02-05 00T1: call | not_reached | 3 | Call: Talked, \"nice\"\nsecond line | true",
            "2024-07-01 00T3: call | neutral | - | Lonely | false",
            "2023-01-10 00U1: visit | neutral | 90 | Dock visit | true",
            "2024-06-12 00U2: meeting | neutral | 1440 | All day | false",
        ]
    );
    let planned = book.told("activity_planned", &["body/day", "body/kind"]);
    assert!(planned.contains(&"2024-07-01 00T2: 2024-08-01 | call".to_owned()), "{planned:#?}");
    assert!(planned.contains(&"2024-06-01 00U3: 2031-06-12 | meeting".to_owned()), "{planned:#?}");
    // A task about an opportunity belongs to the opportunity's account.
    let stream = id("account", "0011t00000Xy1AcAAJ");
    let task = book.events.iter().find(|(_, event)| event.source.id == "00T2").unwrap();
    assert_eq!(task.0.id.to_string(), stream);
}

#[test]
fn salesforce_archives_by_number_are_one_export() {
    let bytes = |name: &str| std::fs::read(folder("salesforce").join(name)).unwrap();
    let pack = |names: &[&str]| {
        let files: Vec<(String, Vec<u8>)> =
            names.iter().map(|name| ((*name).to_owned(), bytes(name))).collect();
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        zip(&files)
    };
    let settings = today().zone("Europe/Berlin").unwrap();
    let mapping = Preset::named("salesforce").unwrap().with(&settings).unwrap();
    let mut book = Book::default();
    let inputs = vec![
        Input::bytes("WE_00D_2.ZIP", pack(&["Task.csv", "Event.csv", "OpportunityHistory.csv"])),
        Input::bytes(
            "WE_00D_1.ZIP",
            pack(&["User.csv", "Opportunity.csv", "Account.csv", "Contact.csv"]),
        ),
    ];
    let done = import_inputs(&mapping, inputs, &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    salesforce_book(&book);
}

#[test]
fn a_salesforce_report_is_matched_weakly_and_its_footer_passed_over() {
    let mapping = Preset::named("salesforce-report").unwrap().mapping().unwrap();
    for name in ["report-utf8.csv", "report-latin1.csv"] {
        let mut book = Book::default();
        let done = import_inputs(&mapping, files("salesforce", &[name]), &mut book);
        assert!(done.result.is_ok(), "{:?}", done.result);
        assert_eq!((rejected(&done).len(), done.report.rows_skipped), (0, 6));
        assert_eq!(
            book.told("opportunity_opened", &["body/stage", "body/value/micro", "metadata/match"]),
            [
                "2024-02-01 Müller & Söhne/Deck coating/2024-03-15: Not stated | 12500500000 | \
                 weak: account, name and close date",
                "2024-02-10 Grand Total Shipping/Lights/2024-09-30: Negotiation | 800000000 | \
                 weak: account, name and close date",
                "2024-01-05 Müller & Söhne/Crane/2024-02-29: Not stated | 99000000 | \
                 weak: account, name and close date",
            ]
        );
        assert_eq!(book.counts()["account_opened"], 2);
    }
}

#[test]
fn hubspot_exports() {
    let settings = today().currency("EUR").unwrap();
    let mut book = Book::default();
    let done = all("hubspot", "hubspot", &settings, &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    let rejects = rejected(&done);
    assert_eq!(rejects.len(), 1, "{rejects:#?}");
    assert!(rejects[0].contains("companies-2024-05-01.csv 4 Record ID: empty"), "{rejects:#?}");
    assert_eq!(
        book.told("opportunity_stage_changed", &["body/stage", "metadata/pipeline"]),
        [
            "2024-02-03 9001/Date entered \"Appointment Scheduled (Sales Pipeline)\": Appointment \
             Scheduled | Sales Pipeline",
            "2024-03-01 9001/Date entered \"Contract Sent (net) (Sales Pipeline)\": Contract Sent \
             (net) | Sales Pipeline",
            "2024-02-06 9002/Date entered \"Contract Sent (net) (Sales Pipeline)\": Contract Sent \
             (net) | Sales Pipeline",
            "2024-02-05 9003/Date entered \"Appointment Scheduled (Sales Pipeline)\": Appointment \
             Scheduled | Sales Pipeline",
        ]
    );
    assert_eq!(
        book.told("opportunity_opened", &["body/stage", "body/value/micro", "metadata/companies"]),
        [
            "2024-02-03 9001: Not stated | 1500500000 | 7012345679;7012345678",
            "2024-02-05 9002: Contract Sent (net) | - | 7012345679",
            "2024-02-05 9003: Not stated | 20000000 | -",
        ]
    );
    assert_eq!(book.told("opportunity_won", &["body/value/currency"]), ["2024-03-20 9001: EUR"]);
    assert_eq!(book.told("opportunity_lost", &["body/reason"]), ["2024-04-01 9003: Price"]);
    assert_eq!(
        book.told("activity_held", &["body/kind", "body/outcome", "body/note/clear/text"]),
        [
            "2024-02-04 501: call | not_reached | First call: Said \"maybe\",\nthen hung up",
            "2024-02-05 502: call | neutral | -",
            "2024-02-10 601: meeting | neutral | <p>Agenda</p>",
            "2024-02-13 604: meeting | not_reached | Nobody",
            "2024-02-16 701: call | neutral | Send offer: by mail",
        ]
    );
    // The primary company has the event where it is named, the first one otherwise.
    let of = |id: &str| relatum_domain::derive("account", "hubspot", id);
    let stream = |kind: &str, id: &str| {
        let is = |event: &relatum_domain::Event| {
            event.body.event_type() == kind && event.source.id == id
        };
        book.events.iter().find(|(_, event)| is(event)).unwrap().0.id
    };
    assert_eq!(stream("contact_added", "101"), of("7012345678"));
    assert_eq!(stream("opportunity_opened", "9001"), of("7012345679"));
    let meeting = &book.told("activity_held", &["body/participants"])[2];
    assert_eq!(meeting.matches('-').count(), 2 + 8, "{meeting}");
    let before = book.events.len();
    let again = all("hubspot", "hubspot", &settings, &mut book);
    assert_eq!((book.events.len(), again.report.recorded()), (before, 0));
}

#[test]
fn hubspot_in_the_language_of_the_portal_and_in_a_workbook() {
    let mut book = Book::default();
    let done = all("hubspot", "hubspot-de", &today().zone("Europe/Berlin").unwrap(), &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    assert_eq!(
        book.told("account_opened", &["at", "body/name", "body/country"]),
        ["2024-01-31 7012345678: 2024-01-31T22:30:00Z | Halden Bikes | Norwegen"]
    );

    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let names = ["Record ID", "Company name", "Create Date"];
    for (at, name) in names.into_iter().enumerate() {
        sheet.write(0, u16::try_from(at).unwrap(), name).unwrap();
    }
    sheet.write(1, 0, 7_012_345_678_u64).unwrap();
    sheet.write(1, 1, "Halden Bikes").unwrap();
    let at = rust_xlsxwriter::ExcelDateTime::parse_from_str("2024-01-31 23:30:00").unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm");
    sheet.write_with_format(1, 2, at, &format).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let mapping = Preset::named("hubspot").unwrap();
    let mapping = mapping.with(&today().zone("Europe/Berlin").unwrap()).unwrap();
    let archive = zip(&[("all-companies.xlsx", &bytes)]);
    let mut book = Book::default();
    let done = import_inputs(&mapping, vec![Input::bytes("export.zip", archive)], &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    assert_eq!(
        book.told("account_opened", &["at", "body/name"]),
        ["2024-01-31 7012345678: 2024-01-31T22:30:00Z | Halden Bikes"]
    );
}

#[test]
fn zoho_needs_a_zone() {
    let mapping = Preset::named("zoho").unwrap().mapping().unwrap();
    let done = import_inputs(&mapping, files("zoho", &["Deals_001.csv"]), &mut Book::default());
    assert_eq!(
        done.error(),
        "the files do not say in which time zone their times are; say it, as the vendor's settings \
         show it: `--zone Europe/Berlin`"
    );
}

#[test]
fn zoho_exports() {
    let settings = today().zone("Europe/Oslo").unwrap();
    let mut book = Book::default();
    let done = all("zoho", "zoho", &settings, &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    // 02:30 of that night was on no clock.
    assert_eq!(
        rejected(&done)
            .iter()
            .map(|it| it.split(':').next().unwrap().to_owned())
            .collect::<Vec<_>>(),
        ["Accounts_001.csv 4 Created Time, Modified Time", "Events_001.csv 3 From"]
    );
    assert_eq!(
        book.told("account_opened", &["at", "body/name", "body/class", "body/stage"]),
        ["2024-03-30 4876876000000312001: 2024-03-30T22:30:00Z | Fjord Textiles | - | client"]
    );
    assert_eq!(
        book.told("opportunity_won", &["body/value/currency", "body/value/micro"]),
        ["2024-06-30 4876876000000312021: NOK | 4200000000"]
    );
    assert_eq!(
        book.told("opportunity_stage_changed", &["body/stage", "at"]),
        ["2024-04-05 4876876000000312021/2024-04-05 08:00:00/Qualification: Qualification | \
          2024-04-05T06:00:00Z"]
    );
    // 02:30 was twice on the clock of 27 October; the first one counts, of summer time.
    assert_eq!(
        book.told("activity_held", &["at", "body/kind", "body/outcome", "body/minutes"]),
        [
            "2024-04-11 4876876000000312031: 2024-04-11T21:30:00Z | call | neutral | -",
            "2024-10-27 4876876000000312041: 2024-10-27T00:30:00Z | call | positive | 2",
            "2024-04-20 4876876000000312051: - | meeting | neutral | -",
        ]
    );
    let notes = book.told("account_fact_stated", &["body/topic", "body/personal/clear/text"]);
    assert!(
        notes.contains(
            &"2024-04-08 note 4876876000000312061: note | Fit: Sizes \"S\", M;\nno L".to_owned()
        ),
        "{notes:#?}"
    );
    // What is about a deal or a contact of an account, or names it only, belongs to the account.
    let account = relatum_domain::derive("account", "zoho", "4876876000000312001");
    let mut known = book.events.iter().filter(|(stream, _)| stream.kind.as_str() == "account");
    assert!(known.all(|(stream, _)| stream.id == account), "{:#?}", book.counts());
    let before = book.events.len();
    let again = all("zoho", "zoho", &settings, &mut book);
    assert_eq!((book.events.len(), again.report.recorded()), (before, 0));
}

#[test]
fn a_salesforce_report_may_have_ids_subtotals_and_converted_amounts() {
    let text = "Stage  ↑,Account ID,Account Name,Opportunity ID,Opportunity Name,Amount Currency,\
                Amount,\
                Amount (converted) Currency,Amount (converted),Close Date,Created Date\n\
                Closed Won,001A,Nord,006A,Renewal,CHF,\
                \"12,500.50\",EUR,\"12,000.00\",2024-03-15,2024-01-31\n\
                Closed Won,001A,Nord,006B,Renewal,CHF,99.50,EUR,95.00,2024-03-15,2024-01-31\n\
                Subtotal,,,,,,\"12,600.00\",,\"12,095.00\",,\n\
                Talks,001B,Nord,006C,Lamps,EUR,7.00,EUR,7.00,2024-12-24,2024-02-01\n\
                Grand Totals (3 records),,,,,,,,\"12,102.00\",,\n\
                Copyright (c) 2000-2024 salesforce.com\n";
    let mapping = Preset::named("salesforce-report").unwrap().mapping().unwrap();
    let mut book = Book::default();
    let inputs = vec![Input::bytes("report1700000000.csv", text)];
    let done = import_inputs(&mapping, inputs, &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    assert_eq!((rejected(&done), done.report.rows_skipped), (Vec::new(), 3));
    assert_eq!(
        book.told("opportunity_won", &["body/value/micro", "body/value/currency"]),
        ["2024-03-15 006A: 12500500000 | CHF", "2024-03-15 006B: 99500000 | CHF"]
    );
    assert_eq!(book.counts()["account_opened"], 2, "two of one name");
    assert_eq!(book.told("opportunity_opened", &["metadata/match"])[2], "2024-02-01 006C: id 006C");
}

#[test]
fn rows_that_name_no_account_are_counted() {
    let text = "Record ID,Deal Name,Deal Stage,Close Date,Create Date,Associated Company\n\
                1,A,Offer,2024-12-24,2024-02-01,Nord\n2,B,Offer,2024-12-24,2024-02-01,\n";
    let mapping = Preset::named("hubspot").unwrap().with(&today()).unwrap();
    let mut book = Book::default();
    let inputs = vec![Input::bytes("all-deals.csv", text)];
    let done = import_inputs(&mapping, inputs, &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    assert_eq!((done.report.rows_rejected, done.report.rows_unassigned), (0, 2));
}

#[test]
fn a_person_account_and_a_large_amount_of_salesforce() {
    let accounts = "Id,IsDeleted,Name,LastName,FirstName,OwnerId,CreatedDate,IsPersonAccount\n\
                    001P,0,,Ferri,Marta,005U,2024-02-01T08:00:00.000Z,1\n";
    let deals = "Id,IsDeleted,AccountId,Name,StageName,Amount,CloseDate,IsClosed,IsWon,OwnerId,\
                 CreatedDate,CurrencyIsoCode\n\
                 006A,0,001P,Yacht,Closed Won,1.25E7,2024-03-15,1,1,005U,\
                2024-02-01T08:00:00.000Z,EUR\n";
    let mapping = Preset::named("salesforce").unwrap().with(&today()).unwrap();
    let mut book = Book::default();
    let inputs =
        vec![Input::bytes("Account.csv", accounts), Input::bytes("Opportunity.csv", deals)];
    let done = import_inputs(&mapping, inputs, &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    assert_eq!(book.told("account_opened", &["body/name"]), ["2024-02-01 001P: Marta Ferri"]);
    assert_eq!(
        book.told("opportunity_won", &["body/value/micro"]),
        ["2024-03-15 006A: 12500000000000"]
    );
}
