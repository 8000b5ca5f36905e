const b = "日本 {{ base_url | jsno }}";
