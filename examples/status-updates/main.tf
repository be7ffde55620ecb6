# A message is written with the status RECEIVED, and updated to PROCESSED when it is done. Only then is its row obsolete.
module "pipeline" {
  source = "../.."

  name = "status-updates"

  # A message counts however it becomes PROCESSED: by an update or, if processing is quick, when it is written.
  event_names = ["INSERT", "MODIFY"]

  filter_patterns = [jsonencode({
    dynamodb = {
      NewImage = { status = { S = ["PROCESSED"] } }
      # Not PROCESSED before, so that later updates do not count. An insert has no old image: exists = false lets it through.
      OldImage = { status = { S = [{ anything-but = ["PROCESSED"] }, { exists = false }] } }
    }
  })]
}
