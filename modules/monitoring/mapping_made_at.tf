# Stores when the event source mapping was created (made), for the alarm `stopped`: its expression ignores earlier periods.
resource "terraform_data" "mapping_made_at" {
  input            = timestamp()
  triggers_replace = var.event_source_mapping_uuid

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  # EPOCH in the alarm's expression returns seconds since 1970, and Terraform has no function for these. The days follow the
  # formula for Julian day numbers, whose years start in March; 719469 of them are before 1970.
  made              = { for part, format in { year = "YYYY", month = "M", day = "D", hour = "h", minute = "m", second = "s" } : part => tonumber(formatdate(format, terraform_data.mapping_made_at.output)) }
  years             = local.made.year - (local.made.month < 3 ? 1 : 0)
  days              = local.made.day + floor((153 * (local.made.month + (local.made.month < 3 ? 9 : -3)) + 2) / 5) + 365 * local.years + floor(local.years / 4) - floor(local.years / 100) + floor(local.years / 400) - 719469
  mapping_made_at_s = 86400 * local.days + 3600 * local.made.hour + 60 * local.made.minute + local.made.second
}
