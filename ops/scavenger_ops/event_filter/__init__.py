"""Lambda's event filtering, as AWS answers it: which patterns are known, and which records match them."""
