# The complete pipeline with its defaults: two tables, the function between them, alarms and a dashboard.
module "pipeline" {
  # The root module configures the provider itself: Region and credentials come from the AWS settings (AWS_REGION, AWS_PROFILE,
  # ...).
  source = "../.."

  name = "quickstart"
}
