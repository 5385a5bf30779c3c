-- The databases and roles of Congdongso: a script for psql, run as superuser, as often as you like.
--
-- One role and one database a service, closed to each other. `grafana` reads the schema grafana of reporting through
-- the group role `grafana_reader`, and cannot write even by mistake.
-- Passwords come from files NAME_database_password in the folder CDS_SECRETS (default /run/secrets).
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
\set registry_password `cat "${CDS_SECRETS:-/run/secrets}/registry_database_password"`
\set sessions_password `cat "${CDS_SECRETS:-/run/secrets}/sessions_database_password"`
\set reporting_password `cat "${CDS_SECRETS:-/run/secrets}/reporting_database_password"`
\set grafana_password `cat "${CDS_SECRETS:-/run/secrets}/grafana_database_password"`

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['registry', 'sessions', 'reporting', 'grafana', 'grafana_reader']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE registry LOGIN PASSWORD :'registry_password' CONNECTION LIMIT 60;
ALTER ROLE sessions LOGIN PASSWORD :'sessions_password' CONNECTION LIMIT 60;
ALTER ROLE reporting LOGIN PASSWORD :'reporting_password' CONNECTION LIMIT 60;
ALTER ROLE grafana LOGIN PASSWORD :'grafana_password' CONNECTION LIMIT 20;
ALTER ROLE grafana_reader NOLOGIN;
GRANT grafana_reader TO grafana;

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', name, name)
  FROM unnest(ARRAY['registry', 'sessions', 'reporting']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
REVOKE ALL ON DATABASE registry, sessions, reporting FROM PUBLIC;
GRANT CONNECT ON DATABASE reporting TO grafana;

-- A dashboard asks small questions: whatever takes longer is a mistake, and must not take the figures from others.
ALTER ROLE grafana IN DATABASE reporting SET default_transaction_read_only = on;
ALTER ROLE grafana IN DATABASE reporting SET statement_timeout = '10s';
ALTER ROLE grafana IN DATABASE reporting SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE grafana IN DATABASE reporting SET search_path = grafana;

\connect registry
REVOKE ALL ON SCHEMA public FROM PUBLIC;
\connect sessions
REVOKE ALL ON SCHEMA public FROM PUBLIC;
\connect reporting
REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- The migrations grant this where the role existed before them; here it is granted where it did not.
SELECT statement FROM unnest(ARRAY[
    'GRANT USAGE ON SCHEMA grafana TO grafana_reader',
    'GRANT SELECT ON ALL TABLES IN SCHEMA grafana TO grafana_reader',
    'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA grafana TO grafana_reader',
    'ALTER DEFAULT PRIVILEGES FOR ROLE reporting IN SCHEMA grafana GRANT SELECT ON TABLES TO grafana_reader',
    'ALTER DEFAULT PRIVILEGES FOR ROLE reporting IN SCHEMA grafana GRANT EXECUTE ON FUNCTIONS TO grafana_reader'
]) AS statement
 WHERE EXISTS (SELECT FROM pg_namespace WHERE nspname = 'grafana') \gexec
