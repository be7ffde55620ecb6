# The complete pipeline with its defaults: two tables, the function between them, alarms and a dashboard.
module "pipeline" {
  source = "../.."

  name = "quickstart"
}
