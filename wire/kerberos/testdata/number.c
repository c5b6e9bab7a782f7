/* number PRINCIPAL < password: prints what krb5_get_init_creds_password of MIT krb5 returns, which
 * is the number that a firewall shows. KRB5_CONFIG names the configuration. */
#include <krb5.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	krb5_context context;
	krb5_principal client;
	krb5_creds creds;
	krb5_get_init_creds_opt *opt;
	krb5_error_code code;
	char password[256];

	if (argc != 2 || !fgets(password, sizeof password, stdin))
		return 2;
	password[strcspn(password, "\n")] = 0;
	if ((code = krb5_init_context(&context)) || (code = krb5_parse_name(context, argv[1], &client)) ||
	    (code = krb5_get_init_creds_opt_alloc(context, &opt)))
		return 3;
	/* An expired password would otherwise turn into an attempt to change it. */
	krb5_get_init_creds_opt_set_change_password_prompt(opt, 0);
	memset(&creds, 0, sizeof creds);
	code = krb5_get_init_creds_password(context, &creds, client, password, NULL, NULL, 0, NULL, opt);
	printf("%ld\n", (long)code);
	return 0;
}
