# All of it with its defaults: two tables, the function between them, alarms and a dashboard.
module "pipeline" {
  # It configures the provider by itself: Region and credentials are those of the AWS settings (AWS_REGION, AWS_PROFILE, ...).
  source = "../.."

  name = "quickstart"
}
