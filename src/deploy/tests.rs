use super::*;
use crate::effect::EffectKind;
use crate::source::Source;
use std::sync::Arc;

/// What the commands in some files do: `place tool verb`.
fn effects(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources = Sources::default();
    let neighbours: Vec<_> = files
        .iter()
        .map(|(path, text)| Neighbour { source: sources.add(Arc::new(Source::new(*path, *text))), judged: true })
        .collect();
    let told = |effect: &Effect| match &effect.kind {
        EffectKind::RunsCommand { tool, verb, place, .. } => format!("{} {tool} {verb}", place.word()),
        EffectKind::RunsPsql { stops, place, .. } => format!("{} psql stops={stops}", place.word()),
        EffectKind::SpoilsCommand { how, place, .. } => format!("{} {}", place.word(), how.word()),
        other => other.name().to_owned(),
    };
    read(&neighbours, &sources).iter().flat_map(|it| it.effects.iter().map(told).collect::<Vec<_>>()).collect()
}

const PUSH: &str = "npx prisma db push --accept-data-loss";

#[track_caller]
fn place(files: &[(&str, &str)], expected: &str) {
    assert_eq!(effects(files), [format!("{expected} prisma db push")], "{files:?}");
}

#[test]
fn a_script_runs_where_it_is_called() {
    let package = format!("{{\"scripts\": {{\"sync\": \"{PUSH}\"}}}}");
    place(&[("package.json", &package)], "unknown");
    place(&[("package.json", &package), ("Dockerfile", "FROM a\nCMD npm run sync && node .")], "deploy");
    place(&[("package.json", &package), ("Dockerfile.dev", "FROM a\nCMD npm run sync && node .")], "unknown");
    place(&[("package.json", &package), ("Procfile", "release: yarn sync")], "deploy");
    place(&[("package.json", &package), ("deploy.sh", "#!/bin/sh\npnpm run sync\n")], "deploy");
    place(&[("package.json", &package), ("Makefile", "deploy: build\n\tnpm run sync\n")], "deploy");
    place(&[("a/package.json", &package), ("Procfile", "release: npm run sync")], "unknown");
    place(&[("a/package.json", &package), ("Procfile", "release: npm --prefix a run sync")], "deploy");
    for name in ["build", "start", "deploy", "prebuild", "db:push:prod", "vercel-build"] {
        place(&[("package.json", &format!("{{\"scripts\": {{\"{name}\": \"{PUSH}\"}}}}"))], "deploy");
    }
    for (name, told) in
        [("dev", "dev"), ("test:e2e", "ci"), ("db:reset", "dev"), ("start:dev", "dev"), ("db:push", "unknown")]
    {
        place(&[("package.json", &format!("{{\"scripts\": {{\"{name}\": \"{PUSH}\"}}}}"))], told);
    }
    place(&[("examples/a/package.json", &format!("{{\"scripts\": {{\"build\": \"{PUSH}\"}}}}"))], "dev");
}

#[test]
fn a_container_runs_what_it_starts_with() {
    place(&[("Dockerfile", &format!("FROM a\nENTRYPOINT [\"sh\", \"-c\", \"{PUSH} && node .\"]"))], "deploy");
    place(&[("Dockerfile", &format!("FROM a\nRUN {PUSH}"))], "unknown");
    place(&[("Dockerfile", &format!("FROM a as dev\nCMD {PUSH}"))], "dev");
    let entrypoint = format!("#!/bin/sh\nset -e\n{PUSH}\nexec \"$@\"\n");
    place(&[("docker/start.sh", &entrypoint)], "unknown");
    place(
        &[
            ("docker/start.sh", &entrypoint),
            ("Dockerfile", "FROM a\nCOPY docker/start.sh /\nENTRYPOINT [\"/start.sh\"]"),
        ],
        "deploy",
    );
    place(
        &[
            ("docker/start.sh", &format!("#!/bin/sh\nif [ \"$NODE_ENV\" = development ]; then\n {PUSH}\nfi")),
            ("Dockerfile", "CMD ./start.sh"),
        ],
        "unknown",
    );
    place(&[("docker-compose.prod.yml", &format!("services:\n  a:\n    command: sh -c \"{PUSH}\"\n"))], "deploy");
    place(&[("docker-compose.yml", &format!("services:\n  a:\n    command: sh -c \"{PUSH}\"\n"))], "unknown");
}

#[test]
fn a_job_says_where_it_runs() {
    let workflow = |head: &str, job: &str, steps: &str| format!("{head}\njobs:\n  {job}\n    steps:\n      {steps}\n");
    let path = ".github/workflows/main.yml";
    let run = format!("- run: {PUSH}");
    place(&[(path, &workflow("on: push", "deploy:", &run))], "deploy");
    place(&[(path, &workflow("on: push", "test:", &run))], "ci");
    place(&[(path, &workflow("on: push", "a:\n    environment: production", &run))], "deploy");
    place(
        &[(path, &workflow("on: push", "deploy:\n    services:\n      db:\n        image: postgres:16", &run))],
        "ci",
    );
    place(&[(path, &workflow("on: pull_request", "a:", &run))], "ci");
    place(&[(path, &workflow("on: push", "a:", &run))], "unknown");
    let secret =
        "- env:\n          DATABASE_URL: ${{ secrets.DATABASE_URL }}\n        run: |\n          echo\n          ";
    place(&[(path, &workflow("on: push", "a:", &format!("{secret}{PUSH}")))], "deploy");
    let local = "- env:\n          DATABASE_URL: postgres://a:b@localhost:5432/c\n        run: ";
    place(&[(path, &workflow("on: push", "deploy:", &format!("{local}{PUSH}")))], "ci");
    place(&[(".gitlab-ci.yml", &format!("deploy:\n  stage: deploy\n  script:\n    - echo\n    - {PUSH}\n"))], "deploy");
    place(&[(".gitlab-ci.yml", &format!("test:\n  services: [postgres:16]\n  script: [{PUSH}]\n"))], "ci");
    place(
        &[(
            ".circleci/config.yml",
            &format!("jobs:\n  deploy:\n    steps:\n      - run:\n          command: {PUSH}\n"),
        )],
        "deploy",
    );
    place(&[("fly.toml", &format!("[deploy]\nrelease_command = \"{PUSH}\"\n"))], "deploy");
    place(&[("render.yaml", &format!("services:\n  - name: a\n    preDeployCommand: {PUSH}\n"))], "deploy");
    place(&[("vercel.json", &format!("{{\"buildCommand\": \"{PUSH}\"}}"))], "deploy");
}

#[test]
fn settings_are_read() {
    let typeorm = "import { DataSource } from 'typeorm'\nexport default new DataSource({ url: process.env.URL, // synchronize: true\n synchronize: true })";
    assert_eq!(effects(&[("src/data-source.ts", typeorm)]), ["deploy typeorm synchronize: true"]);
    let guarded = typeorm.replace(" synchronize: true }", " synchronize: process.env.NODE_ENV !== 'production' }");
    assert_eq!(effects(&[("src/data-source.ts", &guarded)]), [""; 0]);
    assert_eq!(
        effects(&[("src/application-prod.yml", "spring:\n  jpa:\n    hibernate:\n      ddl-auto: update\n")]),
        ["deploy hibernate ddl-auto: update"]
    );
    assert_eq!(
        effects(&[("src/application-dev.properties", "spring.jpa.hibernate.ddl-auto=create\n")]),
        ["dev hibernate ddl-auto: create"]
    );
}

#[test]
fn what_spoils_a_command_is_seen() {
    for (path, text, expected) in [
        ("deploy.sh", "#!/bin/sh\nssh host psql -c \"select 1 from a\"\n", "deploy split-again"),
        (
            "deploy.sh",
            "#!/bin/sh\ndocker compose run --rm app sh -c npx prisma migrate deploy\n",
            "deploy first-word-only",
        ),
        ("deploy.sh", "#!/bin/sh\npsql -c \"DO $$ BEGIN END $$\"\n", "deploy expanded-dollars"),
        (
            "deploy.sh",
            "#!/bin/sh\npsql -v ON_ERROR_STOP=1 <<EOF\nDO $$ BEGIN END $$;\nSELECT 1;\nEOF\n",
            "deploy expanded-dollars",
        ),
        (
            "deploy.sh",
            "#!/bin/sh\nssh host \"psql -c \\\"DO \\$\\$ BEGIN END \\$\\$\\\"\"\n",
            "deploy expanded-dollars",
        ),
        (
            "Dockerfile",
            "FROM a\nCMD [\"npx\", \"prisma\", \"migrate\", \"deploy\", \"&&\", \"node\", \".\"]",
            "deploy operator-as-argument",
        ),
        ("Dockerfile", "FROM a\nCMD [\"npx prisma migrate deploy\"]", "deploy one-word"),
        (
            "docker-compose.prod.yml",
            "services:\n  a:\n    command: npx prisma migrate deploy && node .\n",
            "deploy operator-as-argument",
        ),
    ] {
        let found = effects(&[(path, text)]);
        assert!(found.iter().any(|it| it == expected), "{text}: {found:?}");
    }
    for (path, text) in [
        ("deploy.sh", "#!/bin/sh\nssh host 'psql -c \"select 1 from a\"'\nssh host psql -c \"'select 1'\"\n"),
        ("deploy.sh", "#!/bin/sh\npsql -c 'DO $$ BEGIN END $$'\npsql -c \"DO \\$\\$ BEGIN END \\$\\$\"\n"),
        ("deploy.sh", "#!/bin/sh\npsql <<'EOF'\nDO $$ BEGIN END $$;\nEOF\n"),
        ("deploy.sh", "#!/bin/sh\nsh -c 'npx prisma migrate deploy'\nsh -c \"$1\" a b\n"),
        ("Dockerfile", "FROM a\nCMD [\"sh\", \"-c\", \"npx prisma migrate deploy && node .\"]"),
    ] {
        let found = effects(&[(path, text)]);
        let spoilt =
            |it: &String| ["split", "first", "expanded", "operator", "one-word"].iter().any(|how| it.contains(how));
        assert!(!found.iter().any(spoilt), "{text}: {found:?}");
    }
}

#[test]
fn the_order_of_a_deployment_is_seen() {
    let text = "#!/bin/sh\ndocker compose up -d\ndocker compose exec app npx prisma migrate deploy\n";
    assert!(effects(&[("deploy.sh", text)]).contains(&"deploys-first".to_owned()));
    let text = "#!/bin/sh\ndocker compose up -d db\nnpx prisma migrate deploy\ndocker compose up -d\n";
    assert!(!effects(&[("deploy.sh", text)]).contains(&"deploys-first".to_owned()));
}

#[test]
fn containers_that_race_are_seen() {
    let compose =
        "services:\n  a:\n    command: sh -c \"alembic upgrade head && serve\"\n    deploy:\n      replicas: 3\n";
    assert!(effects(&[("compose.prod.yml", compose)]).contains(&"races-itself".to_owned()));
    let one = compose.replace("3", "1");
    assert!(!effects(&[("compose.prod.yml", &one)]).contains(&"races-itself".to_owned()));
}

#[test]
fn hostile_files_end() {
    for path in [
        "package.json",
        "a.sh",
        "Makefile",
        "Dockerfile",
        "compose.yml",
        ".gitlab-ci.yml",
        "Procfile",
        "fly.toml",
        "data-source.ts",
        "application.yml",
    ] {
        for open in ["{\"scripts\": ", "$(", "a: ", "RUN <<E\n", "- ", "[", "\\\n", "sh -c '", "eval "] {
            effects(&[(path, &open.repeat(3_000))]);
        }
    }
}
