//! What a script can import.

use serde_json::json;

use crate::stand::Stand;

#[tokio::test]
async fn keboola_component_is_there_and_reads_the_job_as_in_production() {
    let stand = Stand::with_packages().await;
    let code = "from keboola.component import CommonInterface\n\
                ci = CommonInterface()\n\
                print('told', ci.configuration.parameters['a'])\n\
                table = ci.create_out_table_definition('t.csv', primary_key=['id'])\n\
                open(table.full_path, 'w').write('id\\n1\\n')\n\
                ci.write_manifest(table)\n\
                ci.write_state_file({'n': 1})\n";
    let parameters = json!({"venv": "base", "user_properties": {"a": 7}, "code": code});
    stand
        .configuration("c", json!({"parameters": parameters}), json!({}))
        .await;
    // The second one finds the environment made.
    for _ in 0..2 {
        let job = stand.run("c").await;
        assert_eq!(job["status"], "success", "{job}");
        let said = stand.said(&job, "info").await;
        assert!(said.contains(&"told 7".to_owned()), "{said:?}");
    }
    let table = stand
        .get("tables/in.c-kds-team-app-custom-python-c.t")
        .await;
    assert_eq!(table["primaryKey"], json!(["id"]));
}

#[tokio::test]
async fn packages_are_installed_one_after_the_other_and_a_missing_one_is_a_user_error() {
    let stand = Stand::with_packages().await;
    let code =
        "import humanize, keboola.component, sys\nprint(humanize.intcomma(1234567), sys.prefix)";
    for (id, packages) in [
        ("have", json!(["humanize==4.17.0"])),
        ("lack", json!(["no-such-package"])),
    ] {
        let parameters = json!({"venv": "3.13", "packages": packages, "code": code});
        stand
            .configuration(id, json!({"parameters": parameters}), json!({}))
            .await;
    }
    let job = stand.run("have").await;
    assert_eq!(job["status"], "success", "{job}");
    let said = stand.said(&job, "info").await;
    assert!(said.contains(&"1,234,567 /opt/venv".to_owned()), "{said:?}");
    let installed: Vec<&String> = said
        .iter()
        .filter(|it| it.starts_with("Installing"))
        .collect();
    assert_eq!(
        installed,
        [
            "Installing package: keboola.component",
            "Installing package: humanize==4.17.0"
        ]
    );
    let job = stand.run("lack").await;
    let result = &job["result"];
    assert_eq!(result["error"]["type"], "user", "{job}");
    let message = result["message"].as_str().unwrap();
    assert!(
        message.starts_with("Failed to install package: no-such-package"),
        "{message}"
    );
}
