//! Tables: described and exported.

use futures::executor::block_on;
use keboola::{Export, ExportRequest, KeboolaError};
use transport::testing::Script;

use crate::{plain, storage, with_body};

#[test]
fn read_table() {
    let body = r#"{"id":"in.c-main.zoo","name":"zoo","columns":["id"],"primaryKey":[],
        "lastChangeDate":"2026-03-01T00:00:00+0100","rowsCount":3,"columnMetadata":[]}"#;
    let http = Script::new().reply(200, body);
    let table = block_on(storage(&http, Some("77")).read_table("in.c-main.zoo")).unwrap();
    assert_eq!(table.columns, ["id"]);
    assert_eq!(
        table.last_change_date.as_deref(),
        Some("2026-03-01T00:00:00+0100")
    );
    assert_eq!(
        http.written(),
        [plain("GET", "branch/77/tables/in.c-main.zoo")]
    );
}

#[test]
fn start_an_export() {
    let http = Script::new().reply(
        202,
        r#"{"id":887,"status":"waiting","operationName":"tableExport"}"#,
    );
    let request: ExportRequest = serde_json::from_str(
        r#"{"columns":["id","na,me"],"limit":5,"changedSince":"-7 days",
            "whereFilters":[{"column":"id","operator":"ne","values":["1","2"]}]}"#,
    )
    .unwrap();
    let job = block_on(storage(&http, None).start_export("in.c-main.zoo", &request)).unwrap();
    assert_eq!(job, "887");
    let body = r#"{"columns":["id","na,me"],"limit":5,"changedSince":"-7 days","whereFilters":[{"column":"id","operator":"ne","values":["1","2"]}],"format":"rfc","gzip":true}"#;
    assert_eq!(
        http.written(),
        [with_body(
            "branch/default/tables/in.c-main.zoo/export-async",
            body
        )]
    );
}

#[test]
fn where_an_export_stands() {
    for (body, expected) in [
        (r#"{"id":1,"status":"waiting"}"#, Ok(Export::Working)),
        (
            r#"{"id":1,"status":"processing","results":null}"#,
            Ok(Export::Working),
        ),
        (
            r#"{"id":1,"status":"success","results":{"file":{"id":4711},"cacheHit":false}}"#,
            Ok(Export::Ready { file: 4711 }),
        ),
        (
            r#"{"id":1,"status":"error","error":{"code":"storage.x","message":"No such column","exceptionId":"e"}}"#,
            Ok(Export::Failed {
                message: "No such column".to_owned(),
                code: Some("storage.x".to_owned()),
            }),
        ),
        (
            r#"{"id":1,"status":"error"}"#,
            Ok(Export::Failed {
                message: "no reason given".to_owned(),
                code: None,
            }),
        ),
        (
            r#"{"id":1,"status":"success","results":[]}"#,
            Err("the export job names no file"),
        ),
        (
            r#"{"id":1,"status":"sleeping"}"#,
            Err("the export job has a status that is not known"),
        ),
    ] {
        let http = Script::new().reply(200, body);
        let export = block_on(storage(&http, Some("77")).read_export("1"));
        let expected = expected.map_err(|what| KeboolaError::UnexpectedReply {
            what: what.to_owned(),
        });
        assert_eq!(export, expected, "{body}");
        assert_eq!(http.written(), [plain("GET", "jobs/1")]);
    }
}
